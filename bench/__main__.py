"""All measurements, one after the other; what they need beside the product is installed first."""

import subprocess
import sys

from deploy.local.layout import CHECKOUT

MEASUREMENTS = ("memory", "latency", "fan_out", "accept", "register")


def main() -> None:
    """Install the peers, then run each measurement in a process of its own."""
    subprocess.run(["sh", "deploy/local/install.sh", "bench"], cwd=CHECKOUT, check=True)
    environment = CHECKOUT / ".venv-bench"
    if not (environment / "bin" / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install = [
            str(environment / "bin" / "pip"),
            "install",
            "--require-hashes",
            "-r",
            "requirements-bench.txt",
        ]
        subprocess.run(install, cwd=CHECKOUT, check=True)
    for name in MEASUREMENTS:
        print(f"── {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=CHECKOUT, check=True)


if __name__ == "__main__":
    main()

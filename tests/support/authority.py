"""A throw-away authority: certificates that are good, and some that are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

import trustme

Fault = Literal["expired", "another name", "another authority"]
FAULTS: Final[dict[Fault, str]] = {
    "expired": "has expired",
    "another name": "carries another name than its address",
    "another authority": "is signed by no authority that is trusted here",
}
"""What a client that checks says of each."""


class Shown(NamedTuple):
    """The two files of somebody who is connected to."""

    certificate: Path
    key: Path


class Authority:
    """Signs whatever is asked for. `file` is what trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._ca = trustme.CA()
        self.file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def issue(self, *names: str, into: Path | None = None, expires: datetime | None = None) -> Shown:
        """A certificate that carries *names* (addresses too), in the folder *into*, or one of its own."""
        certificate = self._ca.issue_cert(*names, not_after=expires)
        folder = into or self._folder / f"{len(list(self._folder.iterdir()))}"
        folder.mkdir(parents=True, exist_ok=True)
        shown = Shown(folder / "certificate.pem", folder / "key.pem")
        shown.certificate.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        certificate.private_key_pem.write_to_path(shown.key)
        (folder / "ca.pem").write_bytes(self.file.read_bytes())
        return shown

    def issue_bad(self, fault: Fault, *names: str) -> Shown:
        """A certificate for *names* that nobody who trusts this authority should accept."""
        match fault:
            case "expired":
                return self.issue(*names, expires=datetime.now(UTC) - timedelta(days=1))
            case "another name":
                return self.issue("somebody-else.test")
            case "another authority":
                return Authority(self._folder / "other").issue(*names)

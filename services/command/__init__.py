"""The `malha` command: what operators and senders do from a terminal."""


def main() -> None:
    """Run the command; exit 0 when it did what was asked, 1 when it could not, 2 for a wrong use of it."""
    from services.command.app import run  # noqa: PLC0415 (typer and rich are loaded by the program, not by an import)

    run()

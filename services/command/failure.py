"""What a command could not do, said in one sentence and in both languages."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.tls import explained


class Failure(Exception):  # noqa: N818 - what it is; nothing in the program went wrong
    """A command could not do what was asked."""

    def __init__(self, pt: str, en: str) -> None:
        super().__init__(pt)
        self.pt = pt
        self.en = en


def show(failure: Failure) -> None:
    """Write the failure to standard error, Portuguese first."""
    sys.stderr.write(f"{failure.pt}\n{failure.en}\n")


@asynccontextmanager
async def reaching_database() -> AsyncIterator[None]:
    """Say in one sentence that PostgreSQL cannot be reached, or that its tables are not there."""
    import asyncpg  # noqa: PLC0415 (only the commands that use the database pay for it)

    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        raise Failure(
            "O banco de dados ainda não tem as tabelas desta versão: rode `malha migrate`.",
            "The database does not have this version's tables yet: run `malha migrate`.",
        ) from None
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError) as error:
        why = explained(error) or error or type(error).__name__
        raise Failure(f"O PostgreSQL não responde: {why}.", f"PostgreSQL does not answer: {why}.") from None
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise Failure(f"O PostgreSQL recusou: {error}.", f"PostgreSQL refused: {error}.") from None

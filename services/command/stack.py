"""Which stack a command speaks to: the one that MALHA_* names, or the local one."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from services.command.failure import Failure, reaching_database
from shared.settings import Environment, TrustSettings, load

if TYPE_CHECKING:
    import asyncpg

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 60.0


class Settings(TrustSettings, frozen=True, kw_only=True):
    """Where a stack is. None of them is required: each command asks for what it uses."""

    environment: Annotated[Environment | None, Meta(description="live or test; part of each API key")] = None
    public_url: Annotated[str | None, Meta(description="The one origin: API and pages")] = None
    ingest_url: Annotated[str | None, Meta(description="Ingest's own origin, if not the public one")] = None
    registry_url: Annotated[
        str | None, Meta(description="The registry's own origin, if not the public one")
    ] = None
    notifier_url: Annotated[
        str | None, Meta(description="The notifier's own origin, if not the public one")
    ] = None
    database_url: Annotated[str | None, Meta(description="The registry's PostgreSQL")] = None
    amqp_url: Annotated[str | None, Meta(description="The broker, with its virtual host")] = None
    amqp_management_url: Annotated[
        str | None, Meta(description="The broker's management API, with an administrator's credentials")
    ] = None
    session_key: Annotated[
        str | None, Meta(description="The services' secret: codes of letters are worked out from it")
    ] = None
    api_key: Annotated[str | None, Meta(description="The key that `send` and `feed` use")] = None


ADDRESSES = tuple(name for name in Settings.__struct_fields__ if name.endswith("_url"))


class Stack:
    """A stack's addresses and keys; asking for one that is not known is a Failure that names it."""

    def __init__(self, settings: Settings, local: Mapping[str, Any] | None) -> None:
        self._settings = settings
        self._local = local or {}

    @classmethod
    def current(cls, environ: Mapping[str, str] = os.environ) -> "Stack":
        """The stack of MALHA_*; the local one when no address is set."""
        settings = load(Settings, environ)
        if any(getattr(settings, name) for name in ADDRESSES):
            return cls(settings, None)
        return cls(settings, _local_stack())

    @property
    def environment(self) -> str:
        """`live` or `test`; a local stack is `test` unless it says otherwise."""
        if self._settings.environment:
            return self._settings.environment
        if self._local:
            return str(self._local.get("environment", "test"))
        raise _not_set("environment")

    @property
    def database_url(self) -> str:
        """The registry's PostgreSQL."""
        return self._address("database_url")

    @property
    def amqp_url(self) -> str:
        """The broker."""
        return self._address("amqp_url")

    @property
    def management_url(self) -> str:
        """The broker's management API."""
        return self._address("amqp_management_url")

    @property
    def public_url(self) -> str:
        """The one origin that people see."""
        return self._address("public_url", "url")

    @property
    def ingest_url(self) -> str:
        """Where notices are sent."""
        return self._service("ingest_url")

    @property
    def registry_url(self) -> str:
        """Where what is known is read."""
        return self._service("registry_url")

    @property
    def notifier_url(self) -> str:
        """Where the live feed is."""
        return self._service("notifier_url")

    @property
    def session_key(self) -> str:
        """The services' secret; a local stack does not lend it."""
        if self._settings.session_key is None:
            raise Failure(
                "MALHA_SESSION_KEY não está definida: dela sai o código de uma carta. Use a dos serviços.",
                "MALHA_SESSION_KEY is not set: a letter's code is worked out from it. Use the services' own.",
            )
        return self._settings.session_key

    @property
    def api_key(self) -> str | None:
        """The key that was set; a local stack lends its office's for reading."""
        return self._settings.api_key or self._local.get("office_key")

    def sending_key(self, members: set[str]) -> str:
        """The key that was set, else the local stack's for these members."""
        if self._settings.api_key:
            return self._settings.api_key
        keys: Mapping[str, str] = self._local.get("api_keys", {})
        if len(members) == 1 and (key := keys.get(*members)):
            return key
        if "" in members:
            raise Failure(
                "Um aviso não diz de quem é: falta member.", "A notice does not say whose it is: no member."
            )
        named = ", ".join(sorted(members)[:5])
        raise Failure(
            f"Falta uma chave que fale por {named}: use --key ou MALHA_API_KEY.",
            f"There is no key that speaks for {named}: use --key or MALHA_API_KEY.",
        )

    def importing_key(self, member: str | None) -> str:
        """The key that was set, else the local stack's for *member*, or for whoever the sheet names."""
        key = self._settings.api_key or self._local.get("api_keys", {}).get(member)
        found: str | None = key or self._local.get("coordination_key")
        if found is None:
            raise Failure(
                "Falta uma chave: use --key ou MALHA_API_KEY.", "There is no key: use --key or MALHA_API_KEY."
            )
        return found

    @asynccontextmanager
    async def database(self) -> "AsyncIterator[asyncpg.Connection]":
        """A connection to the registry's PostgreSQL, closed afterwards."""
        import asyncpg  # noqa: PLC0415 (only the commands that use the database pay for it)

        url = self.database_url
        async with reaching_database():
            connection = await asyncpg.connect(
                url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS
            )
            try:
                yield connection
            finally:
                await connection.close(timeout=CONNECT_SECONDS)

    def _service(self, name: str) -> str:
        own = getattr(self._settings, name) or self._local.get(name)
        return str(own).rstrip("/") if own else self.public_url

    def _address(self, name: str, local_name: str | None = None) -> str:
        found = getattr(self._settings, name) or self._local.get(local_name or name)
        if not found:
            raise _not_set(name)
        if not urlsplit(found).scheme:
            variable = f"MALHA_{name.upper()}"
            raise Failure(
                f"{variable} não é um endereço: {found}.", f"{variable} is not an address: {found}."
            )
        return str(found).rstrip("/")


def _not_set(name: str) -> Failure:
    variable = f"MALHA_{name.upper()}"
    return Failure(
        f"{variable} não está definida, e não há pilha local (.local/stack.json; `make up` a inicia).",
        f"{variable} is not set, and there is no local stack (.local/stack.json; `make up` starts one).",
    )


def _local_stack() -> dict[str, Any] | None:
    """The running local stack: in this folder or one above it, else beside the program."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[2]):
        try:
            found: dict[str, Any] = msgspec.json.decode((folder / ".local" / "stack.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
        return found
    return None

"""`malha people`: persons, for the first day and for machines without mail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from services.command.failure import Failure
from services.command.keys import ROLES, read_role, unknown_member
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.network.people import Person
    from services.registry.queries import Connection

app = typer.Typer(help="Pessoas · People", no_args_is_help=True)
THE_STATE = "31"
Answer = TypeVar("Answer")
Who = Annotated[str, typer.Argument(help="O id ou o e-mail da pessoa · the person's id or address")]
Member = Annotated[str, typer.Argument(help="De quem: 3106200, 31, org-ufmg · whose")]
AsJson = Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")]


@app.command("list")
def list_people(
    member: Annotated[str | None, typer.Argument(help="Só as deste membro · only this member's")] = None,
    *,
    ended: Annotated[bool, typer.Option("--ended", help="Também as encerradas · the ended ones too")] = False,
    json: AsJson = False,
) -> None:
    """Lista as pessoas e até quando podem entrar · Lists the people, and until when they may come in."""

    async def run(connection: "Connection") -> "list[Person]":
        from services.registry.network import people  # noqa: PLC0415 (only what uses the database pays for it)

        return await people.list_people(connection, member)

    found = [person for person in _connected(run) if ended or person.ended_at is None]
    if json:
        as_json(found)
        return
    as_table(
        ("id", "membro", "papel", "nome", "e-mail", "administra", "até", "entrou em"),
        (
            (
                person.id,
                person.member,
                person.role,
                person.name,
                person.email,
                "sim" if person.is_administrator else "",
                "encerrada" if person.ended_at else _day(person.ends_on),
                None if person.signed_in_at is None else f"{person.signed_in_at:%Y-%m-%d %H:%M}",
            )
            for person in found
        ),
    )


@app.command()
def add(
    member: Member,
    name: Annotated[str, typer.Argument(help="Nome · name")],
    email: Annotated[str, typer.Argument(help="E-mail · address")],
    *,
    role: Annotated[str, typer.Option(help=f"{', '.join(ROLES)}")] = "member",
    language: Annotated[str, typer.Option(help="pt, en")] = "pt",
    administrator: Annotated[
        bool, typer.Option("--administrator", help="Indica e encerra outras · names and ends others")
    ] = False,
    json: AsJson = False,
) -> None:
    """Abre uma conta e mostra o primeiro link · Opens an account and shows its first link."""
    chosen = read_role(role)

    async def run(connection: "Connection") -> tuple[str, str]:
        from services.registry.mail.addresses import NotAnAddress, address  # noqa: PLC0415 (as above)
        from services.registry.network import links, people, roster  # noqa: PLC0415 (as above)

        try:
            new = people.NewPerson(
                member,
                chosen,
                name.strip(),
                address(email),
                "en" if language == "en" else "pt",
                is_administrator=administrator,
            )
            person = await people.add(connection, new, _today())
        except NotAnAddress:
            raise Failure(f"{email} não é um e-mail.", f"{email} is no e-mail address.") from None
        except roster.UnknownMember:
            raise unknown_member(member) from None
        except people.AddressTaken:
            raise Failure(f"{email} já tem conta.", f"{email} has an account already.") from None
        return person, await links.create(connection, person, "command", lifetime=timedelta(days=7))

    person, token = _connected(run)
    url = _link(token)
    if json:
        as_json({"id": person, "url": url})
    else:
        console.print(url, markup=False, soft_wrap=True)


@app.command()
def invite(
    member: Member,
    *,
    json: AsJson = False,
) -> None:
    """Faz uma carta nova e mostra o código · Makes a new letter and shows its code."""
    stack = Stack.current()

    async def run(connection: "Connection") -> str:
        from services.registry.network import invitations, roster  # noqa: PLC0415 (as above)

        secret = stack.session_key
        try:
            await invitations.invite(connection, secret, [member], by=None)
        except roster.UnknownMember:
            raise unknown_member(member) from None
        (letter,) = await invitations.letters(connection, secret, [member])
        return letter.code

    code = _connected(run)
    url = f"{stack.public_url}/convite?codigo={code}"
    if json:
        as_json({"member": member, "code": code, "url": url})
    else:
        console.print(f"{code}\n{url}", markup=False, soft_wrap=True)


@app.command()
def login(
    who: Annotated[
        str | None, typer.Argument(help="E-mail, id ou papel · address, id or role", show_default=False)
    ] = None,
    *,
    role: Annotated[str, typer.Option(help=f"{', '.join(ROLES)}")] = "office",
    member: Annotated[str, typer.Option(help="Em nome de quem · in whose name")] = THE_STATE,
    minutes: Annotated[
        int, typer.Option(help="Validade do link · how long it is good", min=1, max=10_080)
    ] = 60,
    json: AsJson = False,
) -> None:
    """Mostra um link que deixa entrar uma única vez · Shows a link that signs in once."""
    lifetime = timedelta(minutes=minutes)
    chosen = read_role(who if who in ROLES else role)

    async def run(connection: "Connection") -> str:
        from services.registry.network import links, people, roster  # noqa: PLC0415 (as above)

        if who is None or who in ROLES:
            try:
                return await people.create_link(connection, chosen, member, lifetime)
            except roster.UnknownMember:
                raise unknown_member(member) from None
        person = await _found(connection, who)
        if person.state(_today()) != "active":
            raise Failure(
                f"O prazo desta conta acabou: `malha people renew {who}`.",
                f"This account has lapsed: `malha people renew {who}`.",
            )
        return await links.create(connection, person.id, "command", lifetime=lifetime)

    link = _link(_connected(run))
    if json:
        as_json({"url": link, "role": chosen, "member": member, "minutes": minutes})
    else:
        console.print(link, markup=False, soft_wrap=True)


@app.command()
def end(who: Who) -> None:
    """Encerra uma conta, em todos os serviços em instantes · Ends an account, everywhere in a moment."""

    async def run(connection: "Connection") -> None:
        from services.registry.network import people  # noqa: PLC0415 (as above)

        await people.end(connection, (await _found(connection, who)).id)

    _connected(run)
    console.print(f"Conta {who} encerrada · account {who} ended", markup=False)


@app.command()
def renew(who: Who) -> None:
    """Renova uma conta até o fim do mandato atual · Renews an account until the mandate of now ends."""

    async def run(connection: "Connection") -> str:
        from services.registry.network import people  # noqa: PLC0415 (as above)

        return _day(await people.renew(connection, await _found(connection, who), _today()))

    day = _connected(run)
    console.print(f"Conta {who} vale até {day} · account {who} is good until {day}", markup=False)


@app.command("sign-out")
def sign_out(who: Who) -> None:
    """Encerra todas as sessões de uma pessoa · Ends all sessions of a person."""

    async def run(connection: "Connection") -> None:
        from services.registry.network import sessions  # noqa: PLC0415 (as above)

        await sessions.end_all(connection, (await _found(connection, who)).id)

    _connected(run)
    console.print(f"{who} saiu de todos os aparelhos · {who} is signed out everywhere", markup=False)


def _connected(run: "Callable[[Connection], Awaitable[Answer]]") -> Answer:
    """What *run* answers, over the stack's database."""
    stack = Stack.current()

    async def connected() -> Answer:
        async with stack.database() as connection:
            return await run(connection)

    return asyncio.run(connected())


async def _found(connection: "Connection", who: str) -> "Person":
    """The person of that id or address. Raises Failure if there is none."""
    from services.registry.network import people  # noqa: PLC0415 (as above)

    person = await (people.find_address if "@" in who else people.find)(connection, who)
    if person is None or person.ended_at is not None:
        raise Failure(
            f"Não há conta {who}: veja `malha people list`.",
            f"There is no account {who}: see `malha people list`.",
        )
    return person


def _link(token: str) -> str:
    return f"{Stack.current().public_url}/entrar/{token}"


def _day(day: Any) -> str:
    return "sem prazo" if day is None else f"{day:%Y-%m-%d}"


def _today() -> Any:
    from shared.notices.dates import day_of  # noqa: PLC0415 (as above)

    return day_of(datetime.now(UTC))

"""The letters that let people in, or tell them that they were let in."""

from datetime import timedelta
from typing import Final, NamedTuple

from aiohttp import web

from services.registry.http.answers import PUBLIC_URL
from services.registry.mail import outbox, paper
from services.registry.mail.paper import Button, Foot, Paragraph
from services.registry.network import links
from services.registry.network.people import Person
from services.registry.queries import Connection
from shared import data
from shared.directory import FOLLOWER
from shared.web.wording import words

FIRST_LIFETIME: Final = timedelta(days=7)
"""How long the first link of somebody who was named is good: not everybody reads mail every day."""


def link_to(request: web.Request, token: str) -> str:
    """The address that lets in by *token*."""
    return f"{request.app[PUBLIC_URL]}/entrar/{token}"


def name_of(request: web.Request, member: str) -> str:
    """What *member* is called."""
    directory = request.app[FOLLOWER].current
    if directory is not None and (known := directory.member_by_id.get(member)) is not None:
        return known.name
    seeded = data.members().get(member)
    return member if seeded is None else seeded.name


async def send_link(connection: Connection, request: web.Request, person: Person, back: str) -> None:
    """Write to *person* with a link that is good for an hour, and leads to *back*."""
    if person.email is None:
        return
    token = await links.create(connection, person.id, "mail", back=back)
    say = words(person.language)
    member = name_of(request, person.member)
    told = say.gettext("Este link deixa você entrar como {name}, por {member}.")
    letter = _Letter(
        say.gettext("Seu link para entrar"),
        [
            Paragraph(told.format(name=paper.quoted(person.name), member=member)),
            Button(say.gettext("Entrar"), link_to(request, token)),
            Paragraph(say.gettext("Ele vale por uma hora, uma única vez. Não o repasse a ninguém.")),
        ],
        Foot(
            say.gettext(
                "Você recebe isto porque alguém pediu para entrar com este endereço. "
                "Se não foi você, ignore: sem o link ninguém entra."
            )
        ),
    )
    await _post(connection, person, f"link {links.name_of(token)}", letter, links.LINK_LIFETIME)


async def send_first(connection: Connection, request: web.Request, person: Person, token: str) -> None:
    """Write to *person*, who was named by somebody, with the first link."""
    say = words(person.language)
    member = name_of(request, person.member)
    told = say.gettext(
        "{name}, você agora tem uma conta em Acordos de Minas, a rede em que os municípios de Minas Gerais "
        "contam ao estado a sua atuação internacional. Você entra por {member}."
    )
    letter = _Letter(
        say.gettext("Você foi convidado para a rede"),
        [
            Paragraph(told.format(name=paper.quoted(person.name), member=member)),
            Button(say.gettext("Entrar pela primeira vez"), link_to(request, token)),
            Paragraph(
                say.gettext(
                    "Este link vale por sete dias, uma única vez. Depois, peça outro na página de entrada."
                )
            ),
        ],
        Foot(say.gettext("Você recebe isto porque alguém do seu órgão indicou este endereço.")),
    )
    await _post(connection, person, f"link {links.name_of(token)}", letter, FIRST_LIFETIME)


async def send_welcome(connection: Connection, request: web.Request, person: Person) -> None:
    """Tell *person* that an account was opened with the code of a letter, and by which address."""
    say = words(person.language)
    member = name_of(request, person.member)
    told = say.gettext("A conta de {name}, por {member}, foi aberta com o código da carta de convite.")
    letter = _Letter(
        say.gettext("Sua conta foi aberta"),
        [
            Paragraph(told.format(name=paper.quoted(person.name), member=member)),
            Paragraph(
                say.gettext("Para entrar de novo, peça um link na página de entrada com este endereço.")
            ),
            Button(say.gettext("Ir para a página de entrada"), f"{request.app[PUBLIC_URL]}/entrar"),
        ],
        Foot(
            say.gettext(
                "Você recebe isto porque alguém usou este endereço com uma carta de convite. "
                "Se não foi você, avise a coordenação da rede."
            )
        ),
    )
    await _post(connection, person, f"welcome {person.id} {person.ends_on}", letter)


class _Letter(NamedTuple):
    title: str
    body: list[Paragraph | Button]
    foot: Foot


async def _post(
    connection: Connection, person: Person, key: str, letter: _Letter, lifetime: timedelta = outbox.LIFETIME
) -> None:
    """Have *letter* sent to *person*, once under that *key*; nobody without an address gets any."""
    if person.email is None:
        return
    text, html = paper.written(person.language, letter.title, letter.body, letter.foot)
    await outbox.enqueue(
        connection,
        key=key,
        to=person.email,
        language=person.language,
        subject=letter.title,
        text=text,
        html=html,
        person=person.id,
        lifetime=lifetime,
    )

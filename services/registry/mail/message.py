"""A letter as the message that goes out (RFC 5322): the same at every try."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from services.registry.mail.outbox import Letter

NAME: Final = "Acordos de Minas"
_TAGS: Final = {"pt": "pt-BR", "en": "en"}
_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)


def sender_of(public_url: str) -> str:
    """Who writes, where no address is set: nobody reads the answers."""
    host = urlsplit(public_url).hostname or ""
    named = any(letter.isalpha() for letter in host) and ":" not in host
    return f"nao-responda@{host if named else 'localhost'}"


def message(letter: Letter, sender: str) -> EmailMessage:
    """*letter* from *sender*, plain and, if it has that too, in HTML."""
    told = EmailMessage(policy=_POLICY)
    name, _, domain = sender.rpartition("@")
    told["From"] = Address(NAME, name, domain)
    told["To"] = Address(addr_spec=letter.recipient)
    told["Subject"] = letter.subject
    told["Date"] = format_datetime(letter.written_at)
    told["Message-ID"] = f"<{letter.message_id}@{domain}>"
    told["Content-Language"] = _TAGS[letter.language]
    told["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers of machines to machines
    if letter.leave_url is not None:
        told["List-Unsubscribe"] = f"<{letter.leave_url}>"
        told["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    told.set_content(letter.text, cte="quoted-printable")
    if letter.html is not None:
        told.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        told.set_boundary(f"part-{letter.message_id}")
    return told

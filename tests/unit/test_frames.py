"""Our frames are the library's frames, byte for byte."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from shared.frames import Message, frames_of


def by_name(headers: dict[str, Any]) -> dict[str, Any]:
    """Sorted, as the library writes them; a broker does not care."""
    return dict(sorted(headers.items()))


NOW = 1_795_284_000
SHORT = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.one_of(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(0, 2**40), st.booleans())
MESSAGES = st.builds(
    Message,
    exchange=st.sampled_from(["", "notices", "registry.delay"]),
    routing_key=st.from_regex(r"[a-z0-9.]{0,60}", fullmatch=True),
    body=st.binary(max_size=600),
    headers=st.one_of(st.none(), st.dictionaries(SHORT.filter(bool), VALUES, max_size=6).map(by_name)),
    type=st.one_of(st.none(), SHORT.filter(bool)),
    content_type=st.just("application/cloudevents+json"),
    correlation_id=st.one_of(st.none(), SHORT.filter(bool)),
    reply_to=st.one_of(st.none(), SHORT.filter(bool)),
    mandatory=st.booleans(),
)


def by_the_library(message: Message, message_id: str, channel: int, most_bytes: int) -> bytes:
    """The same through pamqp's own classes."""
    headers: dict[str, Any] | None = dict(message.headers) if message.headers else None
    properties = Basic.Properties(
        content_type=message.content_type,
        headers=headers,
        delivery_mode=2,
        correlation_id=message.correlation_id,
        reply_to=message.reply_to,
        message_id=message_id,
        timestamp=datetime.fromtimestamp(NOW, UTC),
        message_type=message.type,
    )
    method = Basic.Publish(
        exchange=message.exchange, routing_key=message.routing_key, mandatory=message.mandatory
    )
    content = ContentHeader(properties=properties, body_size=len(message.body))
    pieces = [message.body[at : at + most_bytes] for at in range(0, len(message.body), most_bytes)]
    return b"".join(
        [marshal(method, channel), marshal(content, channel)]
        + [marshal(ContentBody(piece), channel) for piece in pieces]
    )


@given(MESSAGES, st.integers(1, 65535), st.sampled_from([1, 100, 131_064]))
def test_frames_are_the_librarys_byte_for_byte(message: Message, channel: int, most_bytes: int) -> None:
    """Whatever is published: a frame that the broker cannot read ends the connection for everybody."""
    ours = frames_of(message, "0123456789abcdef", NOW, channel, most_bytes)
    assert ours == by_the_library(message, "0123456789abcdef", channel, most_bytes)

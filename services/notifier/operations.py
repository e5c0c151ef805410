"""The operations of the notifier, for the document: `/v1/stream`."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from services.notifier.feed import ResetReason
from shared.notices.feed import FeedItem
from shared.notices.sentences import Sentence
from shared.operations import KEY_PROBLEMS, Answer, Content, Operation, Page, Parameter, Tag, examples
from shared.operations.feed_filter import FEED_FILTERS
from shared.problems import InvalidParameter

EVENT_STREAM: Final = "text/event-stream"
Position = Annotated[int, Meta(ge=0, description="A position of the feed")]


class Hello(msgspec.Struct, frozen=True):
    """First on every connection: where it goes on from, and what can be had."""

    position: Position
    head: Position
    oldest: Position
    server_time: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    environment: Literal["live", "test"]
    role: Annotated[
        Literal["anonymous", "member", "office", "coordination", "ops"],
        Meta(description="Whom the stream was opened for: by key, by session, or for nobody in particular"),
    ]
    member: Annotated[str | None, Meta(description="In whose name; absent for nobody in particular")] = None


class Cursor(msgspec.Struct, frozen=True):
    """The reader is complete up to here: every 15 s, and before a notice that does not follow on its last."""

    position: Position


class Reset(msgspec.Struct, frozen=True):
    """The asked position cannot be gone on from: catch up at *snapshot*, then go on from this event's id."""

    reason: ResetReason
    snapshot: Annotated[str, Meta(pattern=r"^/v1/feed\?after=[0-9]+$")]


EVENTS: Final[dict[str, type[msgspec.Struct]]] = {
    "hello": Hello,
    "notice": FeedItem,
    "cursor": Cursor,
    "reset": Reset,
}
"""What the stream tells: the data of each event, by its name."""

EXAMPLE: Final = (
    "retry: 2311\nid: 4210\nevent: hello\n"
    'data: {"position":4210,"head":4211,"oldest":1,"server_time":"2026-03-09T17:00:05.000Z",'
    '"environment":"test","role":"member","member":"3106200"}'
    "\n\nid: 4211\nevent: notice\n"
    f"data: {msgspec.json.encode(examples.FEED_ITEM).decode()}\n\n"
)

TAGS: Final = (
    Tag(
        name="feed",
        title=Sentence("Acompanhar", "Following"),
        says=Sentence(
            "O que acaba de ser registrado, ao vivo e em ordem.",
            "What has just been registered, live and in order.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="stream",
        method="GET",
        path="/v1/stream",
        tag="feed",
        summary=Sentence("Acompanhar ao vivo", "Follow live"),
        says=Sentence(
            "Server-Sent Events: `hello` ao conectar, depois `notice` e `cursor`; `reset` quando não se pode "
            "continuar da posição pedida. Com `Last-Event-ID` nada se perde e nada se repete. Os dados de "
            "cada "
            "evento estão descritos em `/v1/asyncapi.json`.",
            "Server-Sent Events: `hello` on connecting, then `notice` and `cursor`; `reset` when the asked "
            "position "
            "cannot be gone on from. With `Last-Event-ID` nothing is missed and nothing comes twice. The "
            "data of "
            "each event are described in `/v1/asyncapi.json`.",
        ),
        sees=Sentence(
            "Sem chave: itens públicos. Membro: também os da rede, e os próprios. Gabinete e coordenação: "
            "todos.",
            "Without a key: public items. Member: those of the network too, and its own. Office, "
            "coordination: all.",
        ),
        parameters=(
            *FEED_FILTERS,
            Parameter(
                name="backfill",
                type=bool,
                usual=False,
                example=True,
                says=Sentence(
                    "Também a história que está sendo carregada.", "History that is being loaded, too."
                ),
            ),
            Parameter(
                name="last_event_id",
                type=str,
                example="4210",
                says=Sentence(
                    "Continuar depois desta posição, para quem não pode enviar o cabeçalho.",
                    "Go on after this position, for those who cannot send the header.",
                ),
            ),
            Parameter(
                name="Last-Event-ID",
                place="header",
                type=str,
                example="4210",
                says=Sentence("Continuar depois desta posição.", "Go on after this position."),
            ),
        ),
        answers=(
            Answer(
                says=Sentence("Um fluxo que não termina.", "A stream without an end."),
                content={EVENT_STREAM: Content(schema={"type": "string"}, examples={"hello": EXAMPLE})},
            ),
        ),
        problems=(InvalidParameter, *KEY_PROBLEMS),
    ),
)

PAGES: Final[tuple[Page, ...]] = ()

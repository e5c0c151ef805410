"""The operations that follow notices: receipts, and the feed page by page."""

from typing import Annotated, Final

from msgspec import Meta

from services.registry.http.paging import MOST_ITEMS, USUAL_ITEMS
from services.registry.operations.lists import FORMAT, LIST_PROBLEMS, listed
from services.registry.queries import NEWEST
from services.registry.shapes import FeedPage, ReceiptView
from shared.notices.families.texts import ProtocolNumber
from shared.notices.feed import FeedItem
from shared.notices.sentences import Sentence
from shared.operations import READ_PROBLEMS, Operation, Parameter, answered_in_json, examples, refined
from shared.operations.feed_filter import FEED_FILTERS
from shared.problems import InvalidParameter, NotYetKnown

OPERATIONS: Final = (
    Operation(
        id="getReceipt",
        method="GET",
        path="/v1/receipts/{protocol}",
        tag="notices",
        summary=Sentence("Onde está um aviso", "Where a notice is"),
        says=Sentence(
            "Como o rastreio de uma encomenda: quem tem o número vê as etapas. `not_yet_known` passa: espere "
            "o tempo de `Retry-After`.",
            "Like a parcel's: whoever holds the number sees the stages. `not_yet_known` passes: wait as "
            "long as "
            "`Retry-After` says.",
        ),
        sees=Sentence(
            "`remarks` só para quem enviou, o membro, o gabinete e a coordenação.",
            "`remarks` only for the sender, its member, office and coordination.",
        ),
        parameters=(
            Parameter(
                name="protocol",
                place="path",
                type=ProtocolNumber,
                required=True,
                example=examples.PROTOCOL,
                says=Sentence("O número de protocolo do recibo.", "The receipt's protocol number."),
            ),
        ),
        answers=(
            answered_in_json(
                refined(ReceiptView, "ReceiptStatus"),
                Sentence("As etapas do aviso.", "The stages of the notice."),
                example={
                    "protocol": examples.PROTOCOL,
                    "status": "registered",
                    "digest": examples.DIGEST,
                    "conflicts": [],
                    "stages": {
                        "received_at": examples.RECEIVED_AT,
                        "registered_at": examples.REGISTERED_AT,
                        "published_at": examples.PUBLISHED_AT,
                        "acknowledged_at": None,
                    },
                },
            ),
        ),
        problems=(InvalidParameter, NotYetKnown, *READ_PROBLEMS),
    ),
    Operation(
        id="getFeed",
        method="GET",
        path="/v1/feed",
        tag="feed",
        summary=Sentence("Pôr-se em dia", "Catch up"),
        says=Sentence(
            "O que foi registrado, em ordem, página por página. A página é completa até `position`: peça a "
            "próxima "
            "com `after` igual a ela, até chegar a `head`.",
            "What was registered, in order, page by page. The page is complete up to `position`: ask for "
            "the next "
            "with `after` equal to it, until it reaches `head`.",
        ),
        sees=Sentence(
            "Sem chave: itens públicos. Membro: também os da rede, e os próprios. Gabinete e coordenação: "
            "todos.",
            "Without a key: public items. Member: those of the network too, and its own. Office, "
            "coordination: all.",
        ),
        parameters=(
            Parameter(
                name="after",
                type=Annotated[int, Meta(ge=0, le=NEWEST)],
                usual=0,
                example=0,
                says=Sentence("Itens depois desta posição.", "Items after this position."),
            ),
            Parameter(
                name="limit",
                type=Annotated[int, Meta(ge=1, le=MOST_ITEMS)],
                usual=USUAL_ITEMS,
                example=20,
                says=Sentence("Quantos itens, no máximo.", "How many items, at most."),
            ),
            FORMAT,
            *FEED_FILTERS,
            Parameter(
                name="backfill",
                type=bool,
                usual=True,
                example=False,
                says=Sentence("Também a história carregada.", "History that was loaded, too."),
            ),
        ),
        answers=(
            listed(
                refined(FeedPage, items=list[FeedItem]),
                Sentence("Itens em ordem de posição.", "Items in order of position."),
                {"items": [examples.FEED_ITEM], "position": 4211, "head": 4211},
            ),
        ),
        problems=LIST_PROBLEMS,
    ),
)

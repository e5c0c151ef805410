"""The registry's door for machines: contract, section 4."""

import asyncio

from aiohttp import web

from services.registry.http import (
    agreements,
    closing,
    contract,
    counts,
    documents,
    feed,
    files,
    history,
    ledger,
    members,
    receipts,
    reference,
    reviews,
    rules,
    seals,
    similar,
    statistics,
    tables,
    texts,
)
from services.registry.http.answers import answered
from services.registry.http.files import listed
from services.registry.http.rulings import RULINGS, Rulings
from services.registry.http.tables.of_similar import SHARING, TEXTS


def install(app: web.Application) -> None:
    """Add the addresses under `/v1` to *app*."""
    app[files.EXPORTS] = files.turns()
    app[documents.UPLOADS] = documents.turns()
    app[RULINGS] = Rulings()
    counts.install(app)
    app[ledger.VERIFYING] = asyncio.Semaphore(ledger.AT_ONCE)
    for path, handler in {
        "/v1/receipts/{protocol}": receipts.get_receipt,
        "/v1/members/{member}": members.get_member,
        "/v1/agreements/{agreement}": agreements.get_agreement,
        "/v1/agreements/{agreement}/similar": similar.get_similar,
        "/v1/ledger": seals.get_heads,
        "/v1/ledger/{member}": ledger.get_ledger,
        "/v1/ledger/{member}/verify": ledger.verify_ledger,
        "/v1/rules": rules.get_rules,
    }.items():
        app.router.add_get(path, answered(handler))
    for path, (list_handler, table) in {
        "/v1/members": (members.list_members, tables.MEMBERS),
        "/v1/agreements": (agreements.list_agreements, tables.AGREEMENTS),
        "/v1/agreements/{agreement}/history": (history.list_versions, tables.HISTORY),
        "/v1/statistics": (statistics.list_statistics, tables.STATISTICS),
        "/v1/reviews": (reviews.list_reviews, tables.REVIEWS),
        "/v1/texts": (texts.list_texts, TEXTS),
        "/v1/texts/{text}": (texts.list_sharing, SHARING),
    }.items():
        app.router.add_get(path, listed(list_handler, table=table))
    app.router.add_get("/v1/feed", listed(feed.list_feed, table=tables.FEED, json=feed.get_feed))
    app.router.add_get("/v1/documents/{sha256}", documents.get_document)
    app.router.add_post("/v1/reviews/{review}/close", answered(closing.post_closing))
    app.router.add_put("/v1/documents/{sha256}", documents.put_document)
    app.router.add_get("/v1/schemas/{type}", reference.get_schema)
    app.router.add_get("/v1/codelists/{name}", reference.get_codelist)
    for name in contract.NAMES:
        app.router.add_get(f"/v1/{name}", contract.get_document)

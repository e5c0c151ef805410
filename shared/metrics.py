"""Every metric's name, in one list. Times are in seconds, sizes in bytes; every label has few values.

`LABELS` says which values each label may take. What /metrics shows beside these is Python's own.
"""

import re
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_NOTICE_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600)
_BATCH_BUCKETS = (1, 2, 5, 10, 25, 50, 100, 250, 500)

STAGES: Final = ("accepted", "taken", "registered", "published", "told")
"""A notice's way: confirmed by the broker, taken from its queue, committed, confirmed by the feed stream,
written to those who follow the feed."""
LANES: Final = ("live", "backfill")

LABELS: Final = {
    name: re.compile(values)
    for name, values in {
        "route": r"/[a-z0-9_{}:./+-]*|none",
        "status": r"[1-5][0-9][0-9]",
        "part": r"[a-z. -]{1,60}",
        "connection": r"malha-(ingest|registry|notifier|directory)[a-z ]{0,40}",
        "publisher": r"malha-(ingest|registry) [a-z ]{1,40}",
        "pool": r"malha-registry (reads|writes|leads)",
        "outcome": r"confirmed|unknown|accepted|refused|too_late|gone|no_server",
        "stage": "|".join(STAGES),
        "lane": "|".join(LANES),
        "door": r"api|form|import",
        "code": r"[a-z_]{1,60}",
        "reason": r"[A-Za-z_]{1,40}",
        "fact": r"[a-z_]{1,60}",
        "follower": r"search|likeness",
        "kind": r"imports|backfill|exports",
        "signal": r"loop|confirms|waiting|room|reads",
        "trouble": r"[a-z_]{1,40}",
    }.items()
}
"""Whole values of each label, whatever metric it stands on."""

# ------------------------------------------------------------------------------------ a notice's way
NOTICE_SECONDS = Histogram(
    "malha_notice_seconds",
    "From receiving a notice until it had come to this stage; replayed ones are left out",
    ["stage", "lane"],
    buckets=_NOTICE_BUCKETS,
)
ACCEPTED = Counter("malha_accepted", "Notices that the broker's quorum has confirmed", ["door", "lane"])
REGISTERED = Counter("malha_registered", "Notices written into the ledger", ["lane"])
REPEATED = Counter("malha_repeated", "Notices that stood in the ledger already, said again", ["lane"])
CONFLICTS = Counter(
    "malha_conflicts", "Notices whose identity stands in the ledger with other content", ["lane"]
)
REMARKS = Counter("malha_remarks", "Remarks made on notices as they were registered, by code", ["code"])
BATCH_NOTICES = Histogram(
    "malha_batch_notices", "Messages registered together", ["lane"], buckets=_BATCH_BUCKETS
)
REGISTER_SECONDS = Histogram(
    "malha_register_seconds", "From taking a batch until it is acknowledged", buckets=_REQUEST_BUCKETS
)
RETRIED = Counter("malha_retried", "Notices put back for another try half a minute later")
DEAD = Counter("malha_dead", "Messages laid to rest in registry.dead", ["reason"])
UNPUBLISHED_ITEMS = Gauge(
    "malha_unpublished_items", "Committed items that are not known to be on the feed stream"
)
UNPUBLISHED_SECONDS = Gauge("malha_unpublished_seconds", "Age of the oldest of them; 0: there is none")
FEED_PUBLISHED = Gauge("malha_feed_published", "Last position that the feed stream has confirmed")

# ---------------------------------------------------------------------------------------- the canary
CANARY_SENT = Counter("malha_canary_sent", "Canaries sent, because nothing else was")
CANARY_SECONDS = Histogram(
    "malha_canary_seconds",
    "From sending a canary until it had come to this stage",
    ["stage"],
    buckets=_NOTICE_BUCKETS,
)
CANARY_TIMESTAMP = Gauge(
    "malha_canary_timestamp_seconds", "When a canary last came to this stage, Unix time", ["stage"]
)


def canary_reached(stage: str, age_seconds: float) -> None:
    """Note that a canary of that age has come to *stage* by now."""
    CANARY_SECONDS.labels(stage).observe(age_seconds)
    CANARY_TIMESTAMP.labels(stage).set_to_current_time()


# ---------------------------------------------------------------------------------------- the stream
FEED_HEARD = Gauge(
    "malha_feed_heard_timestamp_seconds",
    "When the notifier last read a message of any kind from the feed stream, Unix time; 0: never",
)
FEED_HEAD = Gauge("malha_feed_head", "Last position that the notifier has read from the feed stream")
FEED_DUPLICATES = Counter("malha_feed_duplicates", "Items that the feed stream held more than once")
FEED_HOLE = Gauge("malha_feed_hole", "1 while a position of the feed is missing and is read again")
FEED_HOLES_SKIPPED = Counter(
    "malha_feed_holes_skipped", "Holes that stayed; readers were reset, to fill them from the registry"
)
STREAM_READERS = Gauge("malha_stream_readers", "Open streams")
STREAM_DELIVERIES = Counter("malha_stream_deliveries", "Chunks of notices written, one for each reader")
STREAM_RESUMES = Counter("malha_stream_resumes", "Streams that went on from the position they asked for")
STREAM_RESETS = Counter("malha_stream_resets", "Resets sent, by reason", ["reason"])
STREAM_EVICTED = Counter(
    "malha_stream_evicted", "Streams ended because the reader did not keep up", ["reason"]
)

# ------------------------------------------------------------------------- what all services stand on
HTTP_REQUESTS = Histogram(
    "malha_http_request_seconds",
    "Answered requests, by route and status",
    ["route", "status"],
    buckets=_REQUEST_BUCKETS,
)
PART_READY = Gauge(
    "malha_part_ready", "1 while the part can do its work, 0 while not: why, /healthz/ready says", ["part"]
)
BROKER_CONNECTED = Gauge(
    "malha_broker_connected", "1 while the named connection to RabbitMQ is up", ["connection"]
)
BROKER_CONNECTIONS_LOST = Counter(
    "malha_broker_connections_lost", "Connections to RabbitMQ that ended after they were up", ["connection"]
)
PUBLISHED = Counter("malha_published", "Messages by outcome: confirmed or unknown", ["publisher", "outcome"])
PUBLISH_SECONDS = Histogram(
    "malha_publish_seconds",
    "From asking to publish until the confirm",
    ["publisher"],
    buckets=_REQUEST_BUCKETS,
)
UNCONFIRMED = Gauge("malha_unconfirmed", "Messages sent and not yet confirmed", ["publisher"])
UNCONFIRMED_SECONDS = Gauge(
    "malha_unconfirmed_seconds", "How long the oldest of them has waited; 0: there is none", ["publisher"]
)
POOL_WAIT_SECONDS = Histogram(
    "malha_pool_wait_seconds",
    "From asking for a connection to PostgreSQL until having it",
    ["pool"],
    buckets=_REQUEST_BUCKETS,
)
POOL_FAILURES = Counter(
    "malha_pool_failures", "Uses of PostgreSQL that failed because it was not to be had", ["pool"]
)
SHEDDING = Gauge("malha_shedding", "1 while this kind of work is put off", ["kind"])
SHED = Counter("malha_shed", "Requests that were put off", ["kind"])
PRESSURE = Gauge(
    "malha_pressure", "How much of a signal there is; from 1 on imports are put off, later more", ["signal"]
)
DIRECTORY_VERSION = Gauge("malha_directory_version", "Version of the directory in use")

# ------------------------------------------------------------------ what the registry does beside
CLOCK_TOLD = Gauge("malha_clock_told_day", "Midnight UTC of the last day that the clock has told, Unix time")
CLOCK_ANNOUNCED = Counter("malha_clock_announced", "What the clock has announced, by fact", ["fact"])
RULES_VERSION = Gauge("malha_rules_version", "Version of the rules of the gates")
RULES_APPLIED = Gauge("malha_rules_applied", "Version of the rules that every agreement was judged by")

INDEXED = Gauge("malha_indexed", "Last position that is derived, by follower", ["follower"])
INDEX_LAG = Gauge("malha_index_lag", "Positions that are not derived yet, by follower", ["follower"])

MAIL_SETTLED = Counter("malha_mail_settled", "Letters that were sent or given up, by outcome", ["outcome"])
MAIL_TROUBLE = Counter("malha_mail_trouble", "Tries to send mail that failed, by what they met", ["trouble"])
MAIL_WAITING = Gauge("malha_mail_waiting", "Letters that wait to be sent")
MAIL_OLDEST_SECONDS = Gauge("malha_mail_oldest_seconds", "For how long the oldest of them has waited")

# ---------------------------------------------------------------------------------------- TLS
CERTIFICATE_EXPIRES = Gauge(
    "malha_certificate_expires_timestamp_seconds",
    "When the certificate ends that this service shows, Unix time; 0: it listens in clear",
)

RECOVERING = Gauge("malha_recovering", "1 while the journal is replayed after a restore or a promotion")
REPLAYED = Counter("malha_replayed", "Notices of the journal that were sent to the registry once more")

"""Every metric's name, in one list. Times are in seconds, sizes in bytes; labels have few values."""

from prometheus_client import Counter, Gauge, Histogram

_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

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
    "malha_broker_connections_lost", "Connections to RabbitMQ that ended or failed", ["connection"]
)
PUBLISHED = Counter("malha_published", "Messages by outcome: confirmed or unknown", ["publisher", "outcome"])
PUBLISH_SECONDS = Histogram(
    "malha_publish_seconds",
    "From asking to publish until the confirm",
    ["publisher"],
    buckets=_REQUEST_BUCKETS,
)
UNCONFIRMED = Gauge("malha_unconfirmed", "Messages sent and not yet confirmed", ["publisher"])

DIRECTORY_VERSION = Gauge("malha_directory_version", "Version of the directory in use")

FEED_PUBLISHED = Gauge("malha_feed_published", "Last position that the feed stream has confirmed")
FEED_HEAD = Gauge("malha_feed_head", "Last position that the notifier has read from the feed stream")
FEED_LAG_SECONDS = Histogram(
    "malha_feed_lag_seconds", "From registering until the notifier has it", buckets=_REQUEST_BUCKETS
)
FEED_DUPLICATES = Counter("malha_feed_duplicates", "Items that the feed stream held more than once")
FEED_HOLE = Gauge("malha_feed_hole", "1 while a position of the feed is missing and is read again")
FEED_HOLES_SKIPPED = Counter(
    "malha_feed_holes_skipped", "Holes that stayed; readers were reset, to fill them from the registry"
)
STREAM_READERS = Gauge("malha_stream_readers", "Open streams")
STREAM_DELIVERIES = Counter("malha_stream_deliveries", "Chunks of notices written, one for each reader")
STREAM_EVICTED = Counter(
    "malha_stream_evicted", "Streams ended because the reader did not keep up", ["reason"]
)
STREAM_RESETS = Counter("malha_stream_resets", "Resets sent, by reason", ["reason"])

REGISTERED = Counter("malha_registered", "Notices that stand in the ledger, repeats included", ["queue"])
REGISTER_SECONDS = Histogram(
    "malha_register_seconds", "From taking a batch until it is acknowledged", buckets=_REQUEST_BUCKETS
)
DEAD = Counter("malha_dead", "Messages laid to rest in registry.dead", ["reason"])

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

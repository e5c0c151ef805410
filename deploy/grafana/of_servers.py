"""The feed and its readers, requests, RabbitMQ, processes, upkeep."""

from __future__ import annotations

from deploy.grafana.panels import RATE, Panel, Query, Row, flows, quantile, rate

_NO_STREAM = '{route!="/v1/stream"}'

ROWS = (
    Row(
        "The feed and its readers",
        (
            Panel(
                "Registered and not on the feed",
                "Age of the oldest committed item that the feed stream has not confirmed.",
                (Query("max(malha_unpublished_seconds)", "oldest"),),
                unit="s",
            ),
            Panel(
                "Positions behind",
                "What is committed and not on the stream; what is on the stream and not read by a notifier.",
                (
                    Query("max(malha_unpublished_items)", "not published"),
                    Query(
                        "scalar(max(malha_feed_published)) - (malha_feed_head"
                        ' and on (instance) malha_part_ready{part="notifier.intake"})',
                        "not read by {{instance}}",
                    ),
                    Query("sum(malha_feed_hole)", "holes"),
                ),
            ),
            Panel(
                "Canary",
                "From its sending to each stage; it travels only when nothing else does.",
                (Query(quantile(0.5, "malha_canary_seconds", "stage"), "{{stage}}"),),
                unit="s",
            ),
            Panel(
                "Readers",
                "Open streams of each notifier.",
                (Query("sum by (instance) (malha_stream_readers)", "{{instance}}"),),
            ),
            flows(
                "Deliveries",
                "Chunks written to readers, one for each reader.",
                rate("malha_stream_deliveries_total", "deliveries"),
            ),
            flows(
                "Coming back",
                "Streams that resumed, that were reset, that were ended because the reader did not keep up.",
                rate("malha_stream_resumes_total", "resumed"),
                rate("malha_stream_resets_total", "reset: {{reason}}", "reason"),
                rate("malha_stream_evicted_total", "ended: {{reason}}", "reason"),
            ),
        ),
    ),
    Row(
        "Requests and the database",
        (
            flows(
                "Answers by status",
                "4xx are senders' faults, 503 says try again, any other 5xx is a fault of ours.",
                rate("malha_http_request_seconds_count", "{{status}}", "status"),
                unit="reqps",
            ),
            Panel(
                "Slowest routes, 95 %",
                "Streams are left out: they last as long as their readers.",
                (
                    Query(
                        f"topk(8, {quantile(0.95, 'malha_http_request_seconds', 'route', _NO_STREAM)})",
                        "{{route}}",
                    ),
                ),
                unit="s",
            ),
            Panel(
                "Waiting for PostgreSQL, 95 %",
                "From asking a pool for a connection until having it.",
                (
                    Query(quantile(0.95, "malha_pool_wait_seconds", "pool"), "{{pool}}"),
                    rate("malha_pool_failures_total", "failures/s {{pool}}", "pool"),
                ),
                unit="s",
            ),
        ),
    ),
    Row(
        "Too much to do",
        (
            Panel(
                "Pressure",
                "Each signal by its own limit: from 1 on imports are put off, later history, then files.",
                (Query("max by (signal) (malha_pressure)", "{{signal}}"),),
            ),
            Panel(
                "Put off",
                "1 while this kind of work is answered 503. Live notices never are.",
                (Query("max by (kind) (malha_shedding)", "{{kind}}"),),
            ),
            flows(
                "Requests that were put off",
                "By what they wanted.",
                rate("malha_shed_total", "{{kind}}", "kind"),
                unit="reqps",
            ),
        ),
    ),
    Row(
        "RabbitMQ",
        (
            Panel(
                "Memory",
                "Above its limit the node raises an alarm, and all publishing waits.",
                (
                    Query("rabbitmq_process_resident_memory_bytes", "{{instance}}"),
                    Query("rabbitmq_resident_memory_limit_bytes", "limit {{instance}}"),
                ),
                unit="bytes",
            ),
            Panel(
                "Disk that is free",
                "Below its limit the node raises an alarm, and all publishing waits.",
                (
                    Query("rabbitmq_disk_space_available_bytes", "{{instance}}"),
                    Query("rabbitmq_disk_space_available_limit_bytes", "limit {{instance}}"),
                ),
                unit="bytes",
            ),
            flows(
                "Messages",
                "Of all virtual hosts: what came in, was confirmed, delivered, delivered again.",
                rate("rabbitmq_global_messages_received_total", "received"),
                rate("rabbitmq_global_messages_confirmed_total", "confirmed"),
                rate("rabbitmq_global_messages_delivered_total", "delivered"),
                rate("rabbitmq_global_messages_redelivered_total", "delivered again"),
            ),
            Panel(
                "Connections",
                "A line that climbs is a client that does not close what it opens.",
                (
                    Query("rabbitmq_connections", "{{instance}}"),
                    Query("rabbitmq_channels", "channels {{instance}}"),
                ),
            ),
            Panel(
                "Malha's own connections",
                "1 while up; each is named after its service and what it does.",
                (Query("max by (connection) (malha_broker_connected)", "{{connection}}"),),
            ),
            Panel(
                "Connections lost",
                "Of Malha's own, by name.",
                (
                    Query(
                        f"sum by (connection) (increase(malha_broker_connections_lost_total{RATE}))",
                        "{{connection}}",
                    ),
                ),
            ),
        ),
    ),
    Row(
        "Processes and upkeep",
        (
            Panel(
                "Processor",
                "One process uses one core at most: at 100 % start another, or look at the slowest routes.",
                (Query(f'rate(process_cpu_seconds_total{{job="malha"}}{RATE})', "{{service}} {{instance}}"),),
                unit="percentunit",
            ),
            Panel(
                "Memory of each process",
                "Flat, however long the queues are.",
                (Query('process_resident_memory_bytes{job="malha"}', "{{service}} {{instance}}"),),
                unit="bytes",
            ),
            Panel(
                "Not derived yet",
                "Positions that search and comparison are behind.",
                (
                    Query(
                        "scalar(max(malha_feed_published)) - max by (follower) (malha_indexed)",
                        "{{follower}}",
                    ),
                ),
            ),
            Panel(
                "The clock",
                "Since the beginning of the last day told; 27 hours at the end of each day.",
                (Query("time() - max(malha_clock_told_day > 0)", "last day told"),),
                unit="s",
            ),
            Panel(
                "Mail",
                "Letters that wait, and for how long the oldest has.",
                (
                    Query("max(malha_mail_waiting)", "letters"),
                    Query("max(malha_mail_oldest_seconds) / 60", "oldest, minutes"),
                    rate("malha_mail_trouble_total", "{{trouble}}", "trouble"),
                ),
            ),
            Panel(
                "Certificates",
                "Until what each service shows ends; none for what listens in clear.",
                (Query("(malha_certificate_expires_timestamp_seconds > 0) - time()", "{{instance}}"),),
                unit="s",
            ),
        ),
    ),
)

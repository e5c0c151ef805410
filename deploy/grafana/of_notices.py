"""Whether all is well, and a notice's way: from the question to the cause."""

from __future__ import annotations

from deploy.grafana.panels import Panel, Query, Row, flows, quantile, queue, rate

_TOLD = '{stage="told", lane="live"}'
_UNKNOWN = 'malha_published_total{outcome="unknown"}'

ROWS = (
    Row(
        "Is it well?",
        (
            Panel(
                "Alerts that fire",
                "Each is explained in docs/operations.md, under its own name.",
                (Query('count(ALERTS{alertname=~"Malha.*", alertstate="firing"}) or vector(0)'),),
                light=1,
                width=4,
            ),
            Panel(
                "Parts that cannot work",
                "What /healthz/ready of each service says; the reason stands there.",
                (Query("count(malha_part_ready == 0) or vector(0)"),),
                light=1,
                width=4,
            ),
            Panel(
                "Processes away",
                "Services and RabbitMQ nodes that do not answer Prometheus.",
                (Query('count(up{job=~"malha|rabbitmq"} == 0) or vector(0)'),),
                light=1,
                width=4,
            ),
            Panel(
                "Notices laid aside",
                "registry.dead: acknowledged to their senders, not registered. `malha dead groups`.",
                (Query(f"sum({queue('registry.dead')}) or vector(0)"),),
                light=1,
                width=4,
            ),
            Panel(
                "Live notices waiting",
                "registry.live now.",
                (Query(f"sum({queue('registry.live')}) or vector(0)"),),
                light=1000,
                width=4,
            ),
            Panel(
                "Since anything was heard",
                "A canary travels after 60 idle seconds: minutes of silence are a cut.",
                (
                    Query(
                        "max((time() - malha_feed_heard_timestamp_seconds)"
                        ' and on (instance) malha_part_ready{part="notifier.intake"})'
                    ),
                ),
                unit="s",
                light=180,
                width=4,
            ),
        ),
    ),
    Row(
        "What fires",
        (
            Panel(
                "Alerts",
                "By name, as long as they fire.",
                (
                    Query(
                        'max by (alertname) (ALERTS{alertname=~"Malha.*", alertstate="firing"})',
                        "{{alertname}}",
                    ),
                ),
                width=24,
            ),
        ),
    ),
    Row(
        "A notice's way",
        (
            flows(
                "Notices",
                "Accepted at each door, registered in each lane, said again, in conflict.",
                rate("malha_accepted_total", "accepted {{door}} {{lane}}", "door, lane"),
                rate("malha_registered_total", "registered {{lane}}", "lane"),
                rate("malha_repeated_total", "said again"),
                rate("malha_conflicts_total", "in conflict"),
            ),
            Panel(
                "Live: from acceptance to each stage, 95 %",
                "told: written to those who follow the feed. The distance between two lines is one stage's.",
                (Query(quantile(0.95, "malha_notice_seconds", "stage", '{lane="live"}'), "{{stage}}"),),
                unit="s",
            ),
            Panel(
                "Live: from acceptance to the screen",
                "Half of the notices are faster than the first line.",
                (
                    Query(quantile(0.5, "malha_notice_seconds", "stage", _TOLD), "50 %"),
                    Query(quantile(0.95, "malha_notice_seconds", "stage", _TOLD), "95 %"),
                    Query(quantile(0.99, "malha_notice_seconds", "stage", _TOLD), "99 %"),
                ),
                unit="s",
            ),
            Panel(
                "Registered together",
                "Large batches are a registry that catches up: each costs one transaction.",
                (Query(quantile(0.95, "malha_batch_notices", "lane"), "{{lane}}, 95 %"),),
            ),
            Panel(
                "Time of a batch",
                "From taking a batch until it is acknowledged.",
                (
                    Query(quantile(0.5, "malha_register_seconds", ""), "50 %"),
                    Query(quantile(0.99, "malha_register_seconds", ""), "99 %"),
                ),
                unit="s",
            ),
            flows(
                "Remarks",
                "What did not fit as it was registered; for the review list, no fault of the system.",
                rate("malha_remarks_total", "{{code}}", "code"),
            ),
        ),
    ),
    Row(
        "Queues",
        (
            Panel(
                "On their way to the registry",
                "History waits in registry.backfill and never delays what is new.",
                (Query(queue("registry\\\\.(live|backfill)"), "{{queue}}"),),
            ),
            Panel(
                "Tried again, laid aside, parked",
                "registry.retry waits half a minute; registry.dead waits for you.",
                (Query(queue("registry\\\\.(retry|dead|parked)"), "{{queue}}"),),
            ),
            Panel(
                "Consumers",
                "registry.live and registry.backfill need one, always.",
                (
                    Query(
                        "max by (queue) (rabbitmq_detailed_queue_consumers"
                        '{queue=~"registry\\\\.(live|backfill)|feed|directory"})',
                        "{{queue}}",
                    ),
                ),
            ),
            flows(
                "Retried and dead",
                "By what was wrong with them.",
                rate("malha_retried_total", "retried"),
                rate("malha_dead_total", "dead: {{reason}}", "reason"),
            ),
            Panel(
                "Time until RabbitMQ confirms, 99 %",
                "A quorum has written the message. After 5 s the sender gets a 503.",
                (Query(quantile(0.99, "malha_publish_seconds", "publisher"), "{{publisher}}"),),
                unit="s",
            ),
            Panel(
                "Unconfirmed",
                "At most 256 for each publisher; above it callers wait.",
                (
                    Query("max by (publisher) (malha_unconfirmed)", "{{publisher}}"),
                    rate(_UNKNOWN, "unknown/s {{publisher}}", "publisher"),
                ),
            ),
        ),
    ),
)

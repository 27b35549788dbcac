"""Every metric there is: its name, kind, unit, labels and what it tells.

The names are `Literal`s, one union per kind, so that mypy refuses a name that is not in the list and a gauge that is
counted. Every metric also carries the label `service`; `metrics.py` adds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

CounterName = Literal[
    "gongdan_http_requests_total",
    "gongdan_http_rejected_total",
    "gongdan_relay_takeovers_total",
    "gongdan_relay_fenced_total",
    "gongdan_relay_records_total",
    "gongdan_relay_errors_total",
    "gongdan_reader_records_total",
    "gongdan_reader_batches_total",
    "gongdan_reader_duplicates_total",
    "gongdan_reader_conflicts_total",
    "gongdan_reader_gaps_total",
    "gongdan_reader_parked_total",
    "gongdan_reader_dead_letters_total",
    "gongdan_reader_retries_total",
    "gongdan_intake_dispositions_total",
    "gongdan_intake_refused_total",
    "gongdan_routing_commands_total",
    "gongdan_routing_dispatches_total",
    "gongdan_routing_deadlines_total",
    "gongdan_notify_deliveries_total",
]

GaugeName = Literal[
    "gongdan_ready",
    "gongdan_clock_ahead_seconds",
    "gongdan_http_in_flight_requests",
    "gongdan_http_open_streams",
    "gongdan_outbox_backlog_records",
    "gongdan_outbox_oldest_age_seconds",
    "gongdan_relay_leader",
    "gongdan_relay_term",
    "gongdan_reader_lag_records",
    "gongdan_reader_newest_event_age_seconds",
    "gongdan_reader_stopped",
    "gongdan_reader_stopped_tickets",
    "gongdan_reader_stopped_ticket",
    "gongdan_reader_dead_letter_records",
    "gongdan_routing_waiting_tickets",
    "gongdan_notify_backlog_deliveries",
]

HistogramName = Literal[
    "gongdan_http_request_duration_seconds",
    "gongdan_relay_batch_duration_seconds",
    "gongdan_reader_batch_duration_seconds",
    "gongdan_reader_batch_size_records",
    "gongdan_intake_batch_size_contacts",
    "gongdan_routing_dispatch_duration_seconds",
    "gongdan_routing_deadline_lateness_seconds",
    "gongdan_notify_delivery_duration_seconds",
]

MetricName = CounterName | GaugeName | HistogramName
Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal["seconds", "records", "requests", "contacts", "tickets", "deliveries", "batches", "streams", "times", ""]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it counts, in which unit, split by which labels."""

    kind: Kind
    unit: Unit
    help: str
    labels: tuple[str, ...] = ()


METRICS: Final[Mapping[MetricName, Metric]] = MappingProxyType(
    {
        "gongdan_http_requests_total": Metric(
            "counter", "requests", "HTTP requests answered", ("method", "route", "status")
        ),
        "gongdan_http_rejected_total": Metric(
            "counter",
            "requests",
            "HTTP requests not served: over the concurrency bound, or over their time",
            ("reason",),
        ),
        "gongdan_http_in_flight_requests": Metric("gauge", "requests", "HTTP requests being served now"),
        "gongdan_http_open_streams": Metric("gauge", "streams", "Endless HTTP answers (live views) open now"),
        "gongdan_http_request_duration_seconds": Metric(
            "histogram", "seconds", "From the request's headers to the last byte of the answer", ("method", "route")
        ),
        "gongdan_ready": Metric("gauge", "", "1 while the service can do its work (see /health/ready), else 0"),
        "gongdan_clock_ahead_seconds": Metric(
            "gauge", "seconds", "How far this process's clock is ahead of its database's"
        ),
        "gongdan_outbox_backlog_records": Metric(
            "gauge", "records", "Facts committed and not yet acknowledged by Kafka"
        ),
        "gongdan_outbox_oldest_age_seconds": Metric("gauge", "seconds", "Age of the oldest fact still in the outbox"),
        "gongdan_relay_leader": Metric("gauge", "", "1 while this process relays its database's outbox, else 0"),
        "gongdan_relay_term": Metric("gauge", "", "Term of the relay's leadership"),
        "gongdan_relay_takeovers_total": Metric("counter", "times", "Leaderships this process has taken"),
        "gongdan_relay_fenced_total": Metric(
            "counter", "times", "Times the broker refused this relay as an old leader"
        ),
        "gongdan_relay_records_total": Metric("counter", "records", "Records acknowledged by Kafka", ("topic",)),
        "gongdan_relay_errors_total": Metric("counter", "times", "Producer errors, each followed by a new epoch"),
        "gongdan_relay_batch_duration_seconds": Metric(
            "histogram", "seconds", "From reading the outbox to deleting what was acknowledged"
        ),
        "gongdan_reader_records_total": Metric("counter", "records", "Records read", ("topic", "partition")),
        "gongdan_reader_batches_total": Metric(
            "counter", "batches", "Batches whose effect and position were committed"
        ),
        "gongdan_reader_duplicates_total": Metric("counter", "records", "Records skipped: admitted before", ("topic",)),
        "gongdan_reader_conflicts_total": Metric(
            "counter", "records", "Another id for a known sequence, or not its owner's type: an alarm", ("topic",)
        ),
        "gongdan_reader_gaps_total": Metric(
            "counter", "records", "A sequence above the next one: an alarm", ("topic",)
        ),
        "gongdan_reader_parked_total": Metric(
            "counter", "records", "Records parked behind one of their ticket", ("topic",)
        ),
        "gongdan_reader_dead_letters_total": Metric("counter", "records", "Records that cannot be read", ("topic",)),
        "gongdan_reader_retries_total": Metric("counter", "batches", "Batches tried again because something was away"),
        "gongdan_reader_lag_records": Metric(
            "gauge", "records", "Records in the partition after the committed position", ("topic", "partition")
        ),
        "gongdan_reader_newest_event_age_seconds": Metric(
            "gauge", "seconds", "Age of the newest admitted event when its batch was committed", ("topic",)
        ),
        "gongdan_reader_stopped": Metric("gauge", "", "1 when a reader gave up and needs a person", ("topic",)),
        "gongdan_reader_stopped_tickets": Metric("gauge", "tickets", "Tickets that wait behind a record set aside"),
        "gongdan_reader_stopped_ticket": Metric(
            "gauge", "", "1 for each ticket that waits, by its id; the first twenty", ("topic", "subject", "kind")
        ),
        "gongdan_reader_dead_letter_records": Metric("gauge", "records", "Dead letters that wait for a person"),
        "gongdan_reader_batch_duration_seconds": Metric(
            "histogram", "seconds", "Effect and position of one batch", ("topic",)
        ),
        "gongdan_reader_batch_size_records": Metric("histogram", "records", "Records in one batch", ("topic",)),
        "gongdan_intake_dispositions_total": Metric(
            "counter", "contacts", "What became of contacts", ("channel", "disposition")
        ),
        "gongdan_intake_refused_total": Metric(
            "counter", "contacts", "Authenticated contacts answered by a 4xx", ("channel",)
        ),
        "gongdan_intake_batch_size_contacts": Metric("histogram", "contacts", "Contacts written in one transaction"),
        "gongdan_routing_commands_total": Metric("counter", "requests", "Commands, by outcome", ("command", "outcome")),
        "gongdan_routing_dispatches_total": Metric(
            "counter", "tickets", "Dispatch decisions, by outcome", ("outcome",)
        ),
        "gongdan_routing_dispatch_duration_seconds": Metric("histogram", "seconds", "One crew's dispatch transaction"),
        "gongdan_routing_waiting_tickets": Metric("gauge", "tickets", "Tickets on the waiting lists of crews"),
        "gongdan_routing_deadlines_total": Metric("counter", "times", "Deadlines worked off", ("stage", "outcome")),
        "gongdan_routing_deadline_lateness_seconds": Metric("histogram", "seconds", "From due to decided", ("stage",)),
        "gongdan_notify_deliveries_total": Metric("counter", "deliveries", "Attempts to tell", ("channel", "outcome")),
        "gongdan_notify_delivery_duration_seconds": Metric("histogram", "seconds", "One attempt to tell", ("channel",)),
        "gongdan_notify_backlog_deliveries": Metric("gauge", "deliveries", "Deliveries that are due and not yet tried"),
    }
)
"""Contract of dashboards and alarms: a name once published keeps its meaning."""

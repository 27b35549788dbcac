"""Metrics of one service in a registry of its own, so that four services in one process do not clash.

`metrics_for("intake").count("gongdan_intake_dispositions_total", channel="store", disposition="opened")`
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from shared.telemetry.names import METRICS, CounterName, GaugeName, HistogramName, MetricName

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
BUCKETS_SIZE: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)

disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped there; one series less for each counter

_Key = tuple[str | tuple[str, str], ...]


class Metrics:
    """The metrics of one service. Labels are given by keyword, exactly those that `names.METRICS` lists."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self._families: dict[MetricName, Counter | Gauge | Histogram] = {}
        self._counters: dict[_Key, Counter] = {}
        self._gauges: dict[_Key, Gauge] = {}
        self._histograms: dict[_Key, Histogram] = {}

    def count(self, name: CounterName, amount: float = 1, **labels: str) -> None:
        """Add `amount` to a counter."""
        self.counter(name, **labels).inc(amount)

    def set(self, name: GaugeName, value: float, **labels: str) -> None:
        """Set a gauge."""
        self.gauge(name, **labels).set(value)

    def set_only(self, name: GaugeName, those: Iterable[Mapping[str, str]]) -> None:
        """Let a gauge be 1 for `those` labels and be there for no others."""
        if name in self._families:
            self._families[name].clear()
        for key in [key for key in self._gauges if key[0] == name]:
            del self._gauges[key]
        for labels in those:
            self.set(name, 1, **labels)

    def observe(self, name: HistogramName, value: float, **labels: str) -> None:
        """Put one value into a histogram."""
        self.histogram(name, **labels).observe(value)

    def counter(self, name: CounterName, **labels: str) -> Counter:
        """The counter itself, for hot paths that keep it."""
        key = (name, *labels.items())
        if key not in self._counters:
            self._counters[key] = cast("Counter", self._child(name, labels))
        return self._counters[key]

    def gauge(self, name: GaugeName, **labels: str) -> Gauge:
        """The gauge itself, for hot paths that keep it."""
        key = (name, *labels.items())
        if key not in self._gauges:
            self._gauges[key] = cast("Gauge", self._child(name, labels))
        return self._gauges[key]

    def histogram(self, name: HistogramName, **labels: str) -> Histogram:
        """The histogram itself, for hot paths that keep it."""
        key = (name, *labels.items())
        if key not in self._histograms:
            self._histograms[key] = cast("Histogram", self._child(name, labels))
        return self._histograms[key]

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _child(self, name: MetricName, labels: Mapping[str, str]) -> Counter | Gauge | Histogram:
        if name not in self._families:
            self._families[name] = _family(name, self.registry)
        return self._families[name].labels(service=self.service, **labels)


@cache
def metrics_for(service: str) -> Metrics:
    """The metrics of `service` in this process, always the same object."""
    return Metrics(service)


def _family(name: MetricName, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    metric = METRICS[name]
    labels = ("service", *metric.labels)
    match metric.kind:
        case "counter":
            return Counter(name, metric.help, labels, registry=registry)
        case "gauge":
            return Gauge(name, metric.help, labels, registry=registry)
        case "histogram":
            buckets = BUCKETS_S if metric.unit == "seconds" else BUCKETS_SIZE
            return Histogram(name, metric.help, labels, registry=registry, buckets=buckets)

"""What the program says about itself: one canonical log line per request or batch, metrics with fixed names, trace ids.

`names.py` is the one list of metrics, `metrics.py` one registry per service, `logs.py` sets structlog up, `trace.py`
carries the W3C traceparent from the request into the facts it causes.
"""

from shared.telemetry.logs import configure_logging
from shared.telemetry.metrics import Metrics, metrics_for
from shared.telemetry.trace import current_traceparent, new_traceparent, parse_traceparent, use_traceparent

__all__ = [
    "Metrics",
    "configure_logging",
    "current_traceparent",
    "metrics_for",
    "new_traceparent",
    "parse_traceparent",
    "use_traceparent",
]

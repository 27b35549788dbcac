"""The front doors: one way to build a service's app, one shape of errors, limits for everything.

`app.py` builds, `edge.py` is what each request passes, `problems.py` and `fields.py` say what went wrong, `body.py`
reads JSON, `limits.py` bounds, `combine.py` puts services on one port, `server.py` serves and drains.
"""

from shared.http.answers import Json, json_bytes
from shared.http.app import PUBLIC_PATHS, ServiceApp, create_app
from shared.http.body import json_body, read_json, read_json_bytes, refuse_unkeepable, validate_json
from shared.http.combine import Combined, combine
from shared.http.health import Readiness
from shared.http.limits import UNLIMITED, Limits, RouteLimits, limits
from shared.http.problems import invalid, not_json, too_large, unsupported
from shared.http.server import CannotListen, run, serve

__all__ = [
    "PUBLIC_PATHS",
    "UNLIMITED",
    "CannotListen",
    "Combined",
    "Json",
    "Limits",
    "Readiness",
    "RouteLimits",
    "ServiceApp",
    "combine",
    "create_app",
    "invalid",
    "json_body",
    "json_bytes",
    "limits",
    "not_json",
    "read_json",
    "read_json_bytes",
    "refuse_unkeepable",
    "run",
    "serve",
    "too_large",
    "unsupported",
    "validate_json",
]

"""Policies as files: `<folder>/<kind>/<name>.yaml`, for loading a chain and for tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shared.errors import FieldError, Refused
from shared.policies.kinds import POLICY_KINDS
from shared.policies.snapshot import Policies

PolicyFile = tuple[str, str, dict[str, Any]]
"""Kind, name, body as it was written."""


def policy_files(folder: Path) -> Iterator[PolicyFile]:
    """Every policy below `folder`, in an order in which each finds what it points at. `Refused` for what is no YAML."""
    for kind in POLICY_KINDS:
        for path in sorted((folder / kind).glob("*.yaml")):
            yield kind, path.stem, _body(path)


def read_policies(folder: Path) -> Policies:
    """The snapshot in which each file is version 1; `Refused` with field errors for a body that is not of its kind."""
    policies = Policies()
    for kind, name, body in policy_files(folder):
        policies = policies.with_policy(kind, name, 1, body)
    return policies


def _body(path: Path) -> dict[str, Any]:
    # The C loader is ten times as fast on the long list of divisions, and reads the same safe subset.
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Refused(422, "Policy not valid", f"{path}: not YAML: {error}") from error
    if not isinstance(body, dict):
        got = type(body).__name__
        errors = [FieldError("body", "fields and their values", got)]
        raise Refused(422, "Policy not valid", f"{path}: expected fields and their values, got {got}", errors=errors)
    return body

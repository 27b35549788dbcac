"""The readable page of a service's interface: made from its OpenAPI document, without scripts or other hosts."""

import html
from collections.abc import Iterator, Mapping
from typing import Any, Final

CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_STYLE: Final = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin:2.2rem 0 .3rem;font-size:1.05rem}code,.m{font-family:ui-monospace,monospace}
.m{background:#234;color:#fff;border-radius:4px;padding:.1rem .5rem;margin-right:.5rem}.r{color:#555;font-size:.9rem}
table{border-collapse:collapse;margin:.4rem 0;width:100%}td,th{border-bottom:1px solid #ddd;padding:.2rem .6rem .2rem 0;
text-align:left;vertical-align:top;font-size:.92rem}
@media(prefers-color-scheme:dark){body{background:#161a1d;color:#ddd}.r{color:#aaa}td,th{border-color:#333}}
"""


def page(document: Mapping[str, Any], *, service: str) -> str:
    """The whole page, as HTML."""
    title = html.escape(str(document["info"]["title"]))
    body = "".join(_operations(document))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f'<p>For machines: <a href="/{service}/openapi.json">OpenAPI</a>, <a href="/{service}/asyncapi">AsyncAPI</a>. '
        f"Calls carry <code>Authorization: Bearer &lt;token&gt;</code>; errors are RFC 9457 problems.</p>{body}</html>"
    )


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _operation(document, path, method, operation)


def _operation(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    roles = operation.get("x-roles")
    allowed = "no token needed" if roles is None else "for " + ", ".join(roles)
    words = html.escape(str(operation.get("description") or operation.get("summary") or ""))
    return (
        f'<h2><span class="m">{method.upper()}</span><code>{html.escape(path)}</code></h2>'
        f'<div class="r">{html.escape(allowed)}</div><p>{words}</p>{_parameters(document, operation)}'
    )


def _parameters(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    rows = [
        _row(given["name"], given["in"], given.get("schema", {}), is_required=given.get("required", False))
        for given in operation.get("parameters", [])
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, content.get("schema", {}))
        required = schema.get("required", [])
        rows += [
            _row(name, "body", _resolved(document, inner), is_required=name in required)
            for name, inner in schema.get("properties", {}).items()
        ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(name: str, place: str, schema: Mapping[str, Any], *, is_required: bool) -> str:
    told = html.escape(" ".join(filter(None, [_type(schema), str(schema.get("description", ""))])))
    need = "required" if is_required else ""
    return f"<tr><td><code>{html.escape(name)}</code></td><td>{place}</td><td>{told}</td><td>{need}</td></tr>"


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " or ".join(_type(branch) for branch in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("format") or schema.get("type") or "")


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference into the document itself."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = document.get("components", {}).get("schemas", {}).get(name, schema)
    return found

"""The messages that we send, in the `webhooks` section of the served OpenAPI 3.1 document."""

from typing import Any

from workers.catalogue.entries import Entry, Kind, list_entries
from workers.catalogue.schemas import Schema, example_of, repoint, schema_of

_PREFIX = "Webhook"  # shared schemas of messages, beside those of the API
_WORDS = ("$schema", "title", "description", "$defs")
_HEADERS = {
    "webhook-id": "The message's id, the same at every try: by it a receiver knows a repeat.",
    "webhook-timestamp": "When this try was signed, seconds since 1970.",
    "webhook-signature": "Standard Webhooks 1.0: v1, and the base64 HMAC-SHA256 of id.timestamp.body.",
}


def add_webhooks(result: Schema, **_: Any) -> Schema:
    """Post-process drf-spectacular's document: add `webhooks`, and what their bodies refer to as components."""
    entries = list_entries(Kind.OUTBOUND)
    result["webhooks"] = {entry.name: {"post": _operation(entry)} for entry in entries}
    shared = result.setdefault("components", {}).setdefault("schemas", {})
    for entry in entries:
        for name, schema in schema_of(entry).get("$defs", {}).items():
            shared[f"{_PREFIX}{name}"] = repoint(schema, _place())
    return result


def _operation(entry: Entry) -> Schema:
    schema = schema_of(entry)
    body = {key: value for key, value in schema.items() if key not in _WORDS}
    summary, _, rest = entry.meaning.partition("\n")
    return {
        "operationId": f"webhook_{entry.name.replace('.', '_')}",
        "summary": summary,
        **({"description": rest.strip()} if rest.strip() else {}),
        "tags": ["webhooks"],
        "parameters": [_header(name, text) for name, text in _HEADERS.items()],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": repoint(body, _place()), "example": example_of(schema)}},
        },
        "responses": {
            "2XX": {"description": "Taken."},
            "410": {"description": "Gone: this address gets no more messages."},
            "default": {"description": "Not taken: it is tried again, for days."},
        },
    }


def _header(name: str, text: str) -> Schema:
    return {"in": "header", "name": name, "required": True, "description": text, "schema": {"type": "string"}}


def _place() -> str:
    return f"#/components/schemas/{_PREFIX}"

"""The catalogue as an AsyncAPI 3 document: a channel per event, one per direction for webhooks."""

from collections.abc import Sequence
from typing import Any

from workers.catalogue.entries import Kind
from workers.catalogue.schemas import Schema, repoint
from workers.catalogue.survey import Item

VERSION = "3.0.0"
_SHARED = "#/components/schemas/"
_WORDS = ("$schema", "title", "description", "$defs")
_HEADERS = {
    "type": "object",
    "properties": {
        "webhook-id": {"type": "string", "description": "The message's id, the same at every try."},
        "webhook-timestamp": {"type": "string", "description": "When this try was signed, seconds since 1970."},
        "webhook-signature": {"type": "string", "description": "Standard Webhooks 1.0: v1, and HMAC-SHA256, base64."},
    },
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
}
_CHANNELS: dict[Kind, dict[str, Any]] = {
    Kind.OUTBOUND: {
        "address": None,
        "description": "The HTTPS address that a clinic registered; a 2xx answer takes the message.",
    },
    Kind.INBOUND: {
        "address": "/webhooks/clinics/{endpointId}/",
        "description": "Signed messages of a clinic: 202 stored, 200 stored before, 4xx what is wrong.",
        "parameters": {"endpointId": {"description": "The endpoint whose inbound secret signs."}},
    },
}


def write_asyncapi(items: Sequence[Item]) -> dict[str, Any]:
    """Return the document. Messages and shared schemas are components, referred to from channels and operations."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Ketamine-assisted therapy benefit: events and webhooks",
            "version": "1",
            "description": "Events travel by the transactional outbox (PostgreSQL), webhooks by HTTPS.",
        },
        "defaultContentType": "application/json",
        "channels": {**_event_channels(items), **_webhook_channels(items)},
        "operations": {**_event_operations(items), **_webhook_operations(items)},
        "components": {"messages": {_id(item): _message(item) for item in items}, "schemas": _shared(items)},
    }


def _event_channels(items: Sequence[Item]) -> dict[str, Any]:
    return {
        item.entry.name: {
            "address": item.entry.name,
            "description": item.entry.meaning,
            "messages": {_id(item): _ref("components/messages", _id(item))},
        }
        for item in items
        if item.entry.kind is Kind.EVENT
    }


def _webhook_channels(items: Sequence[Item]) -> dict[str, Any]:
    return {
        kind.value: facts
        | {"messages": {_id(i): _ref("components/messages", _id(i)) for i in items if i.entry.kind is kind}}
        for kind, facts in _CHANNELS.items()
    }


def _event_operations(items: Sequence[Item]) -> dict[str, Any]:
    """One `send` per slice that announces, one `receive` per reaction."""
    operations: dict[str, Any] = {}
    for item in items:
        if item.entry.kind is not Kind.EVENT:
            continue
        channel = _ref("channels", item.entry.name)
        for place in dict.fromkeys(one.slice for one in item.announcements):
            operations[f"{place}.announces.{item.entry.name}"] = {"action": "send", "channel": channel}
        for hearing in item.hearings:
            reaction = hearing.reaction
            operations[reaction.consumer] = {
                "action": "receive",
                "channel": channel,
                "summary": (reaction.hear.__doc__ or "").strip().partition("\n")[0],
                "x-lane": reaction.lane,
            }
    return operations


def _webhook_operations(items: Sequence[Item]) -> dict[str, Any]:
    actions = {Kind.OUTBOUND: "send", Kind.INBOUND: "receive"}
    return {
        f"{kind.value}.{item.entry.name}": {
            "action": actions[kind],
            "channel": _ref("channels", kind.value),
            "messages": [_ref(f"channels/{kind.value}/messages", _id(item))],
        }
        for item in items
        if (kind := item.entry.kind) in actions
    }


def _message(item: Item) -> dict[str, Any]:
    payload = {key: value for key, value in item.schema.items() if key not in _WORDS}
    headers = {} if item.entry.kind is Kind.EVENT else {"headers": _HEADERS}
    return {
        "name": item.entry.name,
        "title": item.entry.declared.__name__,
        "summary": item.entry.meaning.partition("\n")[0],
        **headers,
        "payload": repoint(payload, _SHARED),
        "examples": [{"payload": item.example}],
    }


def _shared(items: Sequence[Item]) -> Schema:
    """What payloads refer to, by class name. Raises ValueError for two of one name that differ."""
    shared: Schema = {}
    for name, schema in ((n, s) for item in items for n, s in item.schema.get("$defs", {}).items()):
        pointed = repoint(schema, _SHARED)
        if shared.setdefault(name, pointed) != pointed:
            raise ValueError(f"Two different classes in payloads are named {name}.")
    return shared


def _id(item: Item) -> str:
    """A message's name among the components: an inbound and an outbound type may be alike."""
    return item.entry.name if item.entry.kind is Kind.EVENT else f"{item.entry.kind}.{item.entry.name}"


def _ref(place: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{place}/{name}"}

"""JSON Schemas (2020-12) of what is declared, and an example that fits each."""

from typing import Any

import msgspec
import msgspec.inspect

from workers.catalogue.entries import Entry, Kind

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EXAMPLES = {
    "uuid": "01979f3e-8b5a-7cc1-9d2e-3f4a5b6c7d8e",
    "date-time": "2026-03-02T15:00:00Z",
    "date": "2026-03-02",
}
_TIMESTAMP = {"description": "When the message was written (UTC).", "type": "string", "format": "date-time"}


class NoZone(TypeError):
    """A moment is declared without `Meta(tz=True)`: its schema would be that of any text, and tell nobody."""


def schema_of(entry: Entry) -> Schema:
    """Return the schema of an event's payload, or of a message: `{"type", "timestamp", "data"}`. Raises NoZone."""
    if _has_bare_moment(msgspec.inspect.type_info(entry.declared), set()):
        raise NoZone(f"{entry.key}: declare its datetimes as Annotated[datetime, Meta(tz=True)].")
    payload, shared = _payload(entry)
    body = payload if entry.kind is Kind.EVENT else _message(entry, payload)
    defs = {"$defs": shared} if shared else {}
    return {"$schema": DIALECT, "title": entry.name, "description": entry.meaning} | body | defs


def example_of(schema: Schema) -> Any:
    """Return a value that `schema` describes: the examples of its fields, where they have some."""
    return _example(schema, schema.get("$defs", {}))


def resolve(schema: Schema, defs: Schema) -> Schema:
    """Return the schema that a `$ref` names, or `schema` itself."""
    while "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    return schema


def repoint(value: Any, to: str) -> Any:
    """Return a copy of a schema whose references `#/$defs/X` begin with `to` ("#/components/schemas/") instead."""
    if isinstance(value, dict):
        return {
            key: inner.replace("#/$defs/", to) if key == "$ref" else repoint(inner, to) for key, inner in value.items()
        }
    return [repoint(inner, to) for inner in value] if isinstance(value, list) else value


def _has_bare_moment(part: Any, seen: set[int]) -> bool:
    """Whether a datetime or time without a zone is anywhere in a type, as msgspec describes it."""
    if id(part) in seen:
        return False
    seen.add(id(part))
    if isinstance(part, msgspec.inspect.DateTimeType | msgspec.inspect.TimeType):
        return part.tz is not True
    inner = part if isinstance(part, tuple) else ()
    if isinstance(part, msgspec.Struct):
        inner = tuple(getattr(part, name) for name in part.__struct_fields__)
    return any(_has_bare_moment(one, seen) for one in inner)


def _payload(entry: Entry) -> tuple[Schema, Schema]:
    """Return the schema of the declared class without its own title and words, and what it refers to."""
    made = msgspec.json.schema(entry.declared)
    defs = made.pop("$defs")
    payload = defs.pop(made["$ref"].rpartition("/")[2])
    return {key: value for key, value in payload.items() if key not in ("title", "description")}, defs


def _message(entry: Entry, data: Schema) -> Schema:
    """The envelope of Standard Webhooks around the data."""
    return {
        "type": "object",
        "properties": {
            "type": {"description": "Which message this is.", "const": entry.name},
            "timestamp": _TIMESTAMP,
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
    }


def _example(schema: Schema, defs: Schema) -> Any:
    schema = resolve(schema, defs)
    for given in ("examples", "enum"):
        if given in schema:
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], defs)
    return _by_type(schema, defs)


def _by_type(schema: Schema, defs: Schema) -> Any:
    match schema.get("type"):
        case "object":
            return {name: _example(field, defs) for name, field in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema["items"], defs)]
        case "string":
            return _EXAMPLES.get(schema.get("format", ""), "…")
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", 1)
        case _:
            return None

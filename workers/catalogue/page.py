"""docs/events.md: every event and webhook message for people to read."""

from collections.abc import Iterable, Sequence

from workers.catalogue.entries import Kind
from workers.catalogue.flow import draw_app, draw_overview
from workers.catalogue.schemas import Schema, resolve
from workers.catalogue.survey import Hearing, Item

_INTRODUCTION = """# Events and webhook messages

Written by `manage.py catalogue --write` from what the code declares (`*/events.py`, `*/messages.py`,
`*/reactions.py`) and from its source (who announces); `make check` refuses an outdated one. The schemas are in
[schemas/](schemas/), the whole as AsyncAPI 3 in [asyncapi.json](asyncapi.json).

An event's name ends with its version. Under one name only a field that may be left out can be added; anything else
needs a new name (`.v2`), announced beside the old one until nobody waits for that any more.

## The whole

Arrows go from the slice that announces to the slice that reacts; a dotted one is a timer. What a slice tells itself
is in the map of its app."""


def write_page(items: Sequence[Item], retired: Sequence[tuple[str, str]]) -> str:
    """Return the page; `retired` are the names that are used no more, each with the reason."""
    parts = [_INTRODUCTION, _mermaid(draw_overview(items))]
    for app in dict.fromkeys(item.entry.app for item in _of(items, Kind.EVENT)):
        mine = [item for item in _of(items, Kind.EVENT) if item.entry.app == app]
        parts += [f"## Events of {app}", _mermaid(draw_app(app, items)), *(_describe(item) for item in mine)]
    parts += ["## Webhook messages that we send", *(_describe(item) for item in _of(items, Kind.OUTBOUND))]
    parts += ["## Webhook messages that we take", *(_describe(item) for item in _of(items, Kind.INBOUND))]
    parts += ["## Retired names", "\n".join(f"- `{name}`: {reason}" for name, reason in retired) or "None."]
    return "\n\n".join(parts) + "\n"


def _of(items: Iterable[Item], kind: Kind) -> list[Item]:
    return [item for item in items if item.entry.kind is kind]


def _mermaid(text: str) -> str:
    return f"```mermaid\n{text}\n```"


def _describe(item: Item) -> str:
    return "\n\n".join([f"### {item.entry.name}", item.entry.meaning, _table(item), _people(item)])


def _table(item: Item) -> str:
    """The fields of an event, or of a message's data; fields of a field follow it."""
    schema = item.schema
    if item.entry.kind is not Kind.EVENT:
        schema = schema["properties"]["data"]
    rows = list(_rows(schema, item.schema.get("$defs", {}), ""))
    if not rows:
        return "No fields."
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows])


def _rows(schema: Schema, defs: Schema, prefix: str) -> Iterable[str]:
    for name, field in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", ()) else ", may be left out"
        yield f"| `{prefix}{name}` | {_type(field, defs)}{optional} | {_cell(field.get('description', ''))} |"
        found = resolve(field, defs)
        inner, mark = (found["items"], "[]") if found.get("type") == "array" else (found, "")
        yield from _rows(resolve(inner, defs), defs, f"{prefix}{name}{mark}.")


def _type(schema: Schema, defs: Schema) -> str:
    schema = resolve(schema, defs)
    if "anyOf" in schema:
        return " or ".join(_type(branch, defs) for branch in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" if value != "" else "empty" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'], defs)}"
    return str(schema.get("format") or schema.get("type", "any"))


def _people(item: Item) -> str:
    """Who announces, and who reacts."""
    places = ", ".join(dict.fromkeys(f"{one.module} (`{one.function}`)" for one in item.announcements)) or "nobody"
    if item.entry.kind is Kind.OUTBOUND:
        return f"- Sent by: {places}"
    if item.entry.kind is Kind.INBOUND:
        return f"- Applied by: {places}"
    announced = "Set as a timer by" if item.is_timer else "Announced by"
    heard = [f"  - {_hearing(one)}" for one in item.hearings]
    return "\n".join([f"- {announced}: {places}", "- Heard by:" if heard else "- Heard by: nobody", *heard])


def _hearing(hearing: Hearing) -> str:
    reaction = hearing.reaction
    outside = ", outside any transaction" if reaction.external else ""
    meaning = (reaction.hear.__doc__ or "").strip().partition("\n")[0]
    return f"`{reaction.consumer}`, lane `{reaction.lane}`{outside}: {meaning}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

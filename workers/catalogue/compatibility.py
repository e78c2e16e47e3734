"""Whether a declaration may change under the same wire name. Pure: it compares two JSON Schemas.

What was written before must still be read (stored events, timers that are due in years, clinics that did not update),
and what is written now must be read by who still has the former release: other systems, and our own workers while two
releases run side by side. So one change is allowed, a new field that may be left out; anything else needs a new name.
Messages that others send us (`reader_only`) may besides become wider. The comparison is conservative: of what it
cannot judge it says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

Schema = dict[str, Any]

_WORDS = frozenset({"title", "description", "examples", "$comment", "$schema", "$defs", "deprecated"})
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("format", "pattern", "multipleOf", "contentEncoding", "uniqueItems")
_STRUCTURE = frozenset(
    {"$ref", "anyOf", "enum", "const", "type", "items", "prefixItems", "properties", "required"}
    | {"additionalProperties", "default"}
)
_KNOWN = _WORDS | _STRUCTURE | {*_AT_LEAST, *_AT_MOST, *_EXACT}
_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """Values described by `writer` are to be read by `reader`; `reader_is_newer` tells the direction in time."""

    writer: Schema
    reader: Schema
    writer_defs: Schema
    reader_defs: Schema
    reader_is_newer: bool
    path: str = ""
    seen: frozenset[tuple[str, str]] = frozenset()  # pairs of names that are being compared already, further out

    def at(self, name: str, writer: Schema, reader: Schema) -> "_Reading":
        """The same question about a part."""
        return replace(self, writer=writer, reader=reader, path=f"{self.path}{name}")

    @property
    def names(self) -> tuple[str, str]:
        """The names that both sides go by, where they are references."""
        return self.writer.get("$ref", ""), self.reader.get("$ref", "")

    def resolved(self) -> "_Reading":
        """The same question with both references followed."""
        return replace(
            self,
            writer=_follow(self.writer, self.writer_defs),
            reader=_follow(self.reader, self.reader_defs),
            seen=self.seen | {self.names},
        )


def incompatibilities(old: Schema, new: Schema, *, reader_only: bool = False) -> list[str]:
    """Return why `new` may not stand under `old`'s name, a sentence each; empty when it may.

    `reader_only`: we read these messages and never write them.
    """
    forward = _Reading(
        writer=old,
        reader=new,
        writer_defs=old.get("$defs", {}),
        reader_defs=new.get("$defs", {}),
        reader_is_newer=True,
    )
    found = list(_compare(forward))
    if not reader_only:
        backward = replace(
            forward,
            writer=new,
            reader=old,
            writer_defs=forward.reader_defs,
            reader_defs=forward.writer_defs,
            reader_is_newer=False,
        )
        found += _compare(backward)
    return sorted(set(found))


def _compare(reading: _Reading) -> Iterator[str]:
    """Yield what keeps the reader from some value that the writer may write."""
    if all(reading.names) and reading.names in reading.seen:
        return
    reading = reading.resolved()
    writer, reader = reading.writer, reading.reader
    unknown = (set(reader) | set(writer)) - _KNOWN
    if unknown and _bare(writer) != _bare(reader):
        yield _say(reading, f"{', '.join(sorted(unknown))} cannot be compared")
    elif "anyOf" in writer:
        for branch in writer["anyOf"]:
            yield from _compare(reading.at("", branch, reader))
    elif "anyOf" in reader:
        if all(list(_compare(reading.at("", writer, branch))) for branch in reader["anyOf"]):
            yield _say(reading, "one of the types is refused")
    elif "enum" in writer or "const" in writer:
        yield from _values(reading)
    else:
        yield from _same_type(reading)


def _values(reading: _Reading) -> Iterator[str]:
    """A writer of few values: the reader lists each, or takes any of their type."""
    missing = [value for value in _listed(reading.writer) if not _takes(reading.reader, value)]
    if missing:
        yield _say(reading, f"the values {missing} are refused")


def _takes(reader: Schema, value: Any) -> bool:
    if "enum" in reader or "const" in reader:
        return any(value == one and type(value) is type(one) for one in _listed(reader))
    return _bare(reader) in ({}, {"type": _TYPES.get(type(value))})


_TYPES = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}


def _same_type(reading: _Reading) -> Iterator[str]:
    writer, reader = reading.writer, reading.reader
    if not _bare(reader):
        return  # it takes anything
    kinds = (writer.get("type"), reader.get("type"))
    if "enum" in reader or "const" in reader:
        yield _say(reading, "other values than the listed ones are refused")
    elif kinds[0] != kinds[1] and kinds != ("integer", "number"):
        yield _say(reading, f"{kinds[0] or 'any type'} is not {kinds[1]}")
    else:
        yield from _limits(reading)
        yield from _items(reading)
        if kinds[1] == "object":
            yield from _fields(reading)


def _limits(reading: _Reading) -> Iterator[str]:
    writer, reader = reading.writer, reading.reader
    for limit in (*_AT_LEAST, *_AT_MOST, *_EXACT):
        if limit in reader and (limit not in writer or not _is_within(limit, writer[limit], reader[limit])):
            yield _say(reading, f"{limit} {reader[limit]} refuses what was {writer.get(limit, 'without limit')}")


def _is_within(limit: str, written: Any, read: Any) -> bool:
    if limit in _AT_LEAST:
        return bool(written >= read)
    return bool(written <= read if limit in _AT_MOST else written == read)


def _items(reading: _Reading) -> Iterator[str]:
    written, read = reading.writer.get("prefixItems", []), reading.reader.get("prefixItems", [])
    for number, pair in enumerate(zip(written, read, strict=False)):  # how many there are is told by the limits
        yield from _compare(reading.at(f"[{number}]", *pair))
    if isinstance(reading.reader.get("items"), dict):
        yield from _compare(reading.at("[]", reading.writer.get("items") or {}, reading.reader["items"]))


def _fields(reading: _Reading) -> Iterator[str]:
    """Fields by name; what a reader does not know it ignores, unless it forbids it."""
    written, read = reading.writer.get("properties", {}), reading.reader.get("properties", {})
    others = reading.reader.get("additionalProperties", {})
    for name in written:
        part = reading.at(f".{name}", written[name], read.get(name, {}))
        if name in read:
            yield from _field(name, part, reading)
        elif reading.reader_is_newer:
            yield _say(part, "the field is gone; a renamed field is a new one")
        elif others is False:
            yield _say(part, "the field is unknown to readers, who refuse unknown ones")
    for name in sorted(set(_required(reading.reader)) - set(written)):
        yield _say(reading.at(f".{name}", {}, {}), "a new field has to be optional, with a default")
    if others is False and reading.writer.get("additionalProperties") is not False and reading.reader_is_newer:
        yield _say(reading, "unknown fields were ignored and are refused now")
    yield from _other_fields(reading)


def _field(name: str, part: _Reading, whole: _Reading) -> Iterator[str]:
    if (name in _required(whole.writer)) != (name in _required(whole.reader)):
        yield _say(part, "whether it may be left out has changed")
    defaults = [schema.get("default", _MISSING) for schema in (part.writer, part.reader)]
    if defaults[0] != defaults[1] or type(defaults[0]) is not type(defaults[1]):
        yield _say(part, "its default has changed, and with it what leaving it out means")
    yield from _compare(part)


def _other_fields(reading: _Reading) -> Iterator[str]:
    """Objects with any names for keys (`dict[str, T]`)."""
    written = reading.writer.get("additionalProperties", False)
    read = reading.reader.get("additionalProperties", {})
    if isinstance(written, dict) and reading.reader.get("properties"):
        yield _say(reading, "named fields have replaced any names")
    elif isinstance(written, dict):
        yield from _compare(reading.at("{}", written, read if isinstance(read, dict) else {"enum": []}))
    elif isinstance(read, dict) and _bare(read):
        yield _say(reading, "any names have replaced named fields")


def _required(schema: Schema) -> list[str]:
    required: list[str] = schema.get("required", [])
    return required


def _listed(schema: Schema) -> list[Any]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def _follow(schema: Schema, defs: Schema) -> Schema:
    """The schema that a `$ref` names, with the default that stands beside it."""
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return _follow(defs[schema["$ref"].rpartition("/")[2]], defs) | beside


def _bare(schema: Schema) -> Schema:
    """What decides about values: without words, and without the default of a field."""
    return {key: value for key, value in schema.items() if key not in _WORDS and key != "default"}


def _say(reading: _Reading, what: str) -> str:
    where = reading.path.removeprefix(".") or "the whole"
    who = "what was written before" if reading.reader_is_newer else "a reader of the former release"
    return f"{where}: {what} ({who})"

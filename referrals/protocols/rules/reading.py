"""Reading the file of a protocol: YAML that a clinician writes, so that everything wrong is told at once, by line.

What a file holds is said once, by the structs of protocols.py: they are the reader, the JSON Schema and the check of
each value. What no type can say (a series that cannot fit into its span) is checked after that.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml

from referrals.protocols.rules.protocols import Days, Kind, Mark, Protocol, Step, Text, Window
from referrals.screening.rules.data_files import BadDataFile, DataFile, Fault

Path = tuple[str | int, ...]
Doubt = tuple[Path, str]
MOST_BYTES = 64 * 1024
SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
_NOTHING = object()  # what a fault was noted for


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a protocol's file."""
    return {"$schema": SCHEMA_ID, "title": "Protocol"} | msgspec.json.schema(Protocol)


def read_protocol(name: str, text: str) -> Protocol:
    """Return the protocol that a file holds. Raises BadDataFile with all its faults, each with its line."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise BadDataFile(name, [Fault(line=1, message=f"a protocol has at most {MOST_BYTES // 1024} kB")])
    try:
        file = DataFile(name, text)
        places: dict[Path, yaml.Node] = {}
        value = _read(file, file.root, Protocol, (), places)
    except RecursionError:
        raise BadDataFile(name, [Fault(line=1, message="it is nested too deeply to be a protocol")]) from None
    file.finish()
    protocol = msgspec.convert(value, Protocol)
    for path, message in doubts(protocol):
        file.refuse(_nearest(places, path), message)
    file.finish()
    return protocol


def doubts(protocol: Protocol) -> Iterator[Doubt]:
    """Yield what contradicts itself in a protocol whose values are all of the right kind, each with its place."""
    yield from _unknown_sources(protocol)
    yield from _before_first_dosing(protocol)
    for number, step in enumerate(protocol.steps):
        for path, message in (*_distances(step), *_span(step), *_windows(step)):
            yield ("steps", number, *path), message


def _read(file: DataFile, node: yaml.Node, hint: Any, path: Path, places: dict[Path, yaml.Node]) -> Any:
    places[path] = node
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(kind) in (Union, UnionType):
        [kind] = [one for one in get_args(kind) if one is not NoneType]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(file, node, kind, path, places)
    if get_origin(kind) is tuple:
        items = enumerate(file.items(node))
        return [_read(file, item, get_args(kind)[0], (*path, number), places) for number, item in items]
    if get_origin(kind) is Mapping:
        return _mapping(file, node, path, places)
    return _leaf(file, node, hint)


def _struct(
    file: DataFile, node: yaml.Node, kind: type[msgspec.Struct], path: Path, places: dict[Path, yaml.Node]
) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    fields = msgspec.structs.fields(kind)
    needs = [field.name for field in fields if field.required]
    found = file.fields(node, needs=needs, may=[field.name for field in fields if not field.required])
    known = {name: value for name, value in found.items() if name in hints}
    return {name: _read(file, value, hints[name], (*path, name), places) for name, value in known.items()}


def _mapping(file: DataFile, node: yaml.Node, path: Path, places: dict[Path, yaml.Node]) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        file.refuse(node, "needs marks, each with what it stands for")
        return {}
    doubled = [mark for mark, times in Counter(str(key.value) for key, _ in node.value).items() if times > 1]
    found = {}
    for key, value in node.value:
        mark = str(_leaf(file, key, Mark))
        places[(*path, mark)] = key
        if str(key.value) in doubled:
            file.refuse(key, f"{key.value!r} is given twice: delete one")
        found[mark] = _leaf(file, value, Text)
    return found


def _leaf(file: DataFile, node: yaml.Node, hint: Any) -> Any:
    value = _constructed(node)
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        file.refuse(node, _words(value, hint, error))
        return value


def _constructed(node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return _NOTHING
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, yaml.YAMLError):  # 2026-02-31, !anything
        return _NOTHING


def _words(value: Any, hint: Any, error: msgspec.ValidationError) -> str:
    """What is wrong with a value, for somebody who never saw a program."""
    choices = [str(one) for one in Kind] if hint is Kind else [*get_args(hint)] if get_origin(hint) is Literal else []
    if choices:
        return f"{value!r} is none of {', '.join(choices)}" if value is not _NOTHING else f"needs {', '.join(choices)}"
    if value is _NOTHING:
        return "needs a single value here, not a list or a table"
    told = str(error).replace("`", "").replace("Expected", "needs", 1)
    kinds = {"str": "a text", "int": "a whole number", "float": "a number", "NoneType": "nothing", "bool": "yes or no"}
    return " ".join(kinds.get(word.rstrip(","), word) + "," * word.endswith(",") for word in told.split())


def _nearest(places: Mapping[Path, yaml.Node], path: Path) -> yaml.Node:
    """The node of a place, or of what it stands in when it was left out."""
    while path not in places:
        path = path[:-1]
    return places[path]


def _unknown_sources(protocol: Protocol) -> Iterator[Doubt]:
    used = list(_marks(msgspec.to_builtins(protocol), ()))
    for path, mark in used:
        if mark not in protocol.sources:
            yield path, f"the source {mark!r} is not explained: add it to `sources`"
    for mark in set(protocol.sources) - {mark for _, mark in used}:
        yield ("sources", mark), f"no figure names {mark!r}: delete it, or name it where it belongs"


def _marks(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            yield (*path, "source"), value["source"]
        for name, part in value.items():
            yield from _marks(part, (*path, name))
    if isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _marks(part, (*path, number))


def _before_first_dosing(protocol: Protocol) -> Iterator[Doubt]:
    kinds = [step.kind for step in protocol.steps]
    if Kind.DOSING not in kinds:
        yield ("steps",), "no step is of kind dosing: a course without one needs no protocol"
        return
    before = kinds[: kinds.index(Kind.DOSING)]
    for number, kind in enumerate(protocol.before_first_dosing):
        if kind not in before:
            yield ("before_first_dosing", number), f"no step of kind {kind} comes before the first dosing: add one"


def _distances(step: Step) -> Iterator[Doubt]:
    ranges: tuple[tuple[str, Days | None], ...] = (("after", step.after), ("apart", step.apart), ("span", step.span))
    for name, days in ranges:
        if days and days.least > days.most:
            yield (name,), f"the least ({days.least} days) is more than the most ({days.most} days)"
    if step.times > 1 and step.apart is None:
        yield ("apart",), f"{step.times} sessions need `apart`: how many days lie between them"
    if step.times == 1 and step.apart is not None:
        yield ("apart",), "a single session is apart from nothing: delete it, or say how many `times`"
    if step.apart and step.apart.least == 0:
        yield ("apart",), "two sessions of one kind do not take place on one day: the least is 1 day"


def _span(step: Step) -> Iterator[Doubt]:
    if step.span is None:
        return
    if step.apart is None:
        yield ("span",), "a single session spans nothing: delete it, or say how many `times`"
        return
    least, most = (1 + (step.times - 1) * days for days in (step.apart.least, step.apart.most))
    if least > step.span.most or most < step.span.least:
        yield ("span",), f"{step.times} sessions {step.apart.words()} apart take {least} to {most} days in all"


def _windows(step: Step) -> Iterator[Doubt]:
    if step.followed_by is None:
        return
    seen: set[str] = set()
    for number, window in enumerate(step.followed_by.windows):
        path: Path = ("followed_by", "windows", number)
        if window.from_hours > window.to_hours:
            yield path, "it closes before it opens"
        if window.source in seen:
            yield path, f"{window.source!r} has a window already: a clinic chooses by the source"
        seen.add(window.source)
        if message := _wrong_day(window, step.followed_by.same_day):
            yield path, message


def _wrong_day(window: Window, same_day: str) -> str:
    if same_day == "required" and window.from_hours >= 24:
        return "the same day is required, and the window opens when it is over"
    if same_day == "forbidden" and window.to_hours < 12:
        return "the same day is forbidden, and the window closes before another one can begin"
    return ""

"""Which changes may keep a wire name. The oracle is the decoder itself: what was written is read by the other side."""

from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass
from datetime import date, datetime
from itertools import count
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from workers.catalogue.compatibility import incompatibilities

NAMES = ("alpha", "beta", "gamma", "delta")
KINDS = ("retype", "default", "add optional", "add required", "remove", "rename", "nothing")
_numbers = count()  # msgspec wants names that differ
WORDS = ("one", "two", "three")


@dataclass(frozen=True)
class Type:
    """A type of a field: how Python declares it, and which JSON values are of it."""

    declared: Any
    values: st.SearchStrategy[Any]

    def __repr__(self) -> str:
        return str(self.declared)


@dataclass(frozen=True)
class Field:
    """A field; `default` holds one value when it may be left out."""

    type: Type
    default: tuple[Any, ...] = ()


Fields = dict[str, Field]


def whole_numbers(low: int | None, high: int | None) -> Type:
    return Type(Annotated[int, msgspec.Meta(ge=low, le=high)], st.integers(low, high))


def texts(least: int, most: int | None) -> Type:
    declared = Annotated[str, msgspec.Meta(min_length=least, max_length=most)]
    return Type(declared, st.text("ab", min_size=least, max_size=most or 9))


STRING = Type(str, st.text("ab-9"))
SIMPLE = [
    Type(int, st.integers(-(2**40), 2**40)),
    Type(bool, st.booleans()),
    Type(float, st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)),
    STRING,
    Type(UUID, st.uuids().map(str)),
    Type(date, st.dates().map(str)),
    Type(Annotated[datetime, msgspec.Meta(tz=True)], st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")),
    Type(Any, st.none() | st.integers(-9, 9) | st.text("ab")),
]
NUMBERS = st.builds(whole_numbers, st.none() | st.integers(0, 3), st.none() | st.integers(3, 6))
TEXTS = st.builds(texts, st.integers(0, 3), st.none() | st.integers(3, 6))
CHOICES = st.lists(st.sampled_from(WORDS), min_size=1, unique=True).map(
    lambda words: Type(Literal[tuple(sorted(words))], st.sampled_from(sorted(words)))
)
plain = st.sampled_from(SIMPLE) | NUMBERS | TEXTS | CHOICES


def made_of(generic: Any, *parts: Type) -> Any:
    """`list[…]` and the like, of types that are only known at run time."""
    return generic[tuple(part.declared for part in parts)]


WRAPS: dict[str, Callable[[Type], Type]] = {
    "list": lambda t: Type(made_of(list, t), st.lists(t.values, max_size=3)),
    "dict": lambda t: Type(made_of(dict, STRING, t), st.dictionaries(st.sampled_from(NAMES), t.values)),
    "optional": lambda t: Type(t.declared | None, st.none() | t.values),
    "field": lambda t: nested({"alpha": Field(t)}),
}


def nest(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    return st.one_of(
        *(inner.map(wrap) for wrap in WRAPS.values()),
        st.tuples(inner, inner).map(lambda p: Type(made_of(tuple, *p), both(*p))),
        st.dictionaries(st.sampled_from(NAMES), inner.map(Field), min_size=1, max_size=3).map(nested),
    )


def both(one: Type, other: Type) -> st.SearchStrategy[list[Any]]:
    return st.tuples(one.values, other.values).map(list)


def nested(fields: Fields) -> Type:
    return Type(declare(fields, f"Inner{next(_numbers)}"), payloads(fields))


def declare(fields: Fields, name: str = "Payload", *, strict: bool = False) -> type[Any]:
    """The class that an app would write; `strict` as inbound messages are."""
    parts = [(key, one.type.declared, *(field(default=d) for d in one.default)) for key, one in fields.items()]
    if strict:
        parts = [(key, one.type.declared, *one.default) for key, one in fields.items()]
        return msgspec.defstruct(name, parts, kw_only=True, forbid_unknown_fields=True)
    return make_dataclass(name, parts, kw_only=True)


def payloads(fields: Fields) -> st.SearchStrategy[dict[str, Any]]:
    """What a writer of these fields may write: an optional one is there or not."""
    needed = {key: one.type.values for key, one in fields.items() if not one.default}
    optional = {key: one.type.values for key, one in fields.items() if one.default}
    return st.fixed_dictionaries(needed, optional=optional)


types = st.recursive(plain, nest, max_leaves=4)
near = st.sampled_from([NUMBERS, TEXTS, CHOICES, st.sampled_from(SIMPLE)]).flatmap(lambda kind: st.tuples(kind, kind))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Type, Type]:
    """Two types that have much in common: what is alike is where a comparison goes wrong."""
    one, other = draw(near)
    kind = draw(st.sampled_from(["", *WRAPS, "widened"]))
    if kind == "widened":
        return one, WRAPS["optional"](other)
    return (WRAPS[kind](one), WRAPS[kind](other)) if kind else (one, other)


optional_fields = st.one_of(
    st.integers(0, 2).map(lambda n: Field(SIMPLE[0], (n,))),
    types.map(WRAPS["optional"]).map(lambda t: Field(t, (None,))),
)
all_fields = types.map(Field) | optional_fields
shapes = st.dictionaries(st.sampled_from(NAMES), all_fields, min_size=1, max_size=3)


def schema(cls: type[Any]) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.schema(cls)
    return dict(made["$defs"][made["$ref"].rpartition("/")[2]] | {"$defs": made["$defs"]})


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Fields, Fields]:
    """A shape, and the same after one change that a programmer may make to it."""
    old = draw(shapes)
    new = dict(old)
    kind = draw(st.sampled_from(KINDS))
    name = draw(st.sampled_from(sorted(old)))
    spare = next(one for one in NAMES if one not in old)
    if kind.startswith("add"):
        new[spare] = draw(optional_fields if kind == "add optional" else types.map(Field))
    elif kind == "retype":
        old[name], new[name] = map(Field, draw(pairs() | st.tuples(types, types)))
    elif kind == "default":
        new[name] = draw(optional_fields)
    elif kind != "nothing":
        moved = new.pop(name)
        new |= {spare: moved} if kind == "rename" else {}
    return kind, old, new


def is_read(written: Any, reader: type[Any]) -> bool:
    try:
        msgspec.convert(written, reader)
    except msgspec.ValidationError:
        return False
    return True


@given(changes(), st.data())
def test_what_may_keep_its_name_is_read_in_both_directions(change: tuple[str, Fields, Fields], data: Any) -> None:
    kind, old, new = change
    one, other = declare(old), declare(new)
    allowed = not incompatibilities(schema(one), schema(other))
    event(f"{kind}: {'allowed' if allowed else 'refused'}")
    if allowed:
        assert is_read(data.draw(payloads(old), "written before"), other)
        assert is_read(data.draw(payloads(new), "written now"), one)


@given(changes(), st.data())
def test_what_others_send_may_only_become_wider(change: tuple[str, Fields, Fields], data: Any) -> None:
    kind, old, new = change
    one, other = declare(old, strict=True), declare(new, strict=True)
    allowed = not incompatibilities(schema(one), schema(other), reader_only=True)
    event(f"{kind}: {'allowed' if allowed else 'refused'}")
    if allowed:
        assert is_read(data.draw(payloads(old), "sent before"), other)


@given(changes())
def test_each_kind_of_change_is_judged_as_the_rules_say(change: tuple[str, Fields, Fields]) -> None:
    kind, old, new = change
    found = incompatibilities(schema(declare(old)), schema(declare(new)))
    if kind in ("nothing", "add optional"):
        assert found == []
    elif kind in ("add required", "remove", "rename"):
        assert found != []


@given(pairs() | st.tuples(types, types), st.data())
def test_a_field_that_reads_no_more_what_it_read_is_refused(change: tuple[Type, Type], data: Any) -> None:
    """The other way round: whatever value shows a difference, the comparison had found it."""
    before, after = change
    one, other = declare({"alpha": Field(before)}), declare({"alpha": Field(after)})
    written = {"alpha": data.draw(before.values)}
    if not is_read(written, other):
        assert incompatibilities(schema(one), schema(other))


class Base(msgspec.Struct):
    """What the cases below change."""

    number: int
    word: Literal["one", "two"]
    few: Annotated[list[str], msgspec.Meta(max_length=3)]
    extra: str = "x"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"extra": (str, "y")}, "default has changed"),
        ({"extra": (str,)}, "may be left out has changed"),
        ({"number": (int, 0)}, "may be left out has changed"),
        ({"number": (float,)}, "number is not integer"),
        ({"number": (bool,)}, "is not"),
        ({"number": (Annotated[int, msgspec.Meta(ge=0)],)}, "minimum 0 refuses"),
        ({"word": (Literal["one"],)}, r"\['two'\] are refused"),
        ({"word": (Literal["one", "three", "two"],)}, r"\['three'\] are refused"),
        ({"word": (str,)}, "other values than the listed ones"),
        ({"few": (Annotated[list[str], msgspec.Meta(max_length=4)],)}, "maxItems 3 refuses"),
        ({"few": (Annotated[list[int], msgspec.Meta(max_length=3)],)}, r"few\[\]: string is not integer"),
    ],
)
def test_a_change_is_refused_in_words(changed: dict[str, tuple[Any, ...]], reason: str) -> None:
    fields: dict[str, tuple[Any, ...]] = {
        "number": (int,),
        "word": (Literal["one", "two"],),
        "few": (Annotated[list[str], msgspec.Meta(max_length=3)],),
        "extra": (str, "x"),
    }
    new = msgspec.defstruct("New", [(key, *given) for key, given in (fields | changed).items()], kw_only=True)
    with pytest.raises(AssertionError, match=reason):
        assert "\n".join(incompatibilities(schema(Base), schema(new))) == ""


def test_a_reader_that_no_longer_ignores_unknown_fields_is_narrower() -> None:
    strict = msgspec.defstruct("Strict", [("a", int)], forbid_unknown_fields=True)
    loose = msgspec.defstruct("Loose", [("a", int)])
    assert incompatibilities(schema(loose), schema(strict), reader_only=True)
    assert not incompatibilities(schema(strict), schema(loose), reader_only=True)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (int, float, True),
        (float, int, False),
        (str, float, False),
        (int, int | None, True),
        (int | None, int, False),
        (int | str, float | str, True),
        (tuple[int, str], tuple[float, str], True),
        (tuple[int, str], tuple[str, str], False),
        (tuple[int, str], tuple[int], False),
        (tuple[int, str], tuple[int, str, int], False),
        (tuple[int, int], list[int], False),
        (Literal["one"], str, True),
        (Literal[1], str, False),
        (list[int], list[Any], True),
        (dict[str, int], dict[str, float], True),
        (dict[str, int], dict[str, str], False),
    ],
)
def test_what_a_reader_takes_beside_what_it_took(before: Any, after: Any, allowed: bool) -> None:
    one, other = (schema(msgspec.defstruct("One", [("a", kind)])) for kind in (before, after))
    assert (not incompatibilities(one, other, reader_only=True)) is allowed


def test_a_new_field_is_refused_where_the_former_release_refuses_unknown_ones() -> None:
    old: list[Any] = [("a", int)]
    new: list[Any] = [*old, ("b", int, 0)]
    for strict in (True, False):
        one, other = (schema(msgspec.defstruct("One", part, forbid_unknown_fields=strict)) for part in (old, new))
        assert bool(incompatibilities(one, other)) is strict
        assert not incompatibilities(one, other, reader_only=True)


def test_what_cannot_be_judged_is_refused() -> None:
    old = {"type": "object", "properties": {"a": {"type": "string", "not": {"const": "x"}}}, "required": ["a"]}
    new = {"type": "object", "properties": {"a": {"type": "string", "not": {"const": "y"}}}, "required": ["a"]}
    assert any("cannot be compared" in reason for reason in incompatibilities(old, new))


class Tree(msgspec.Struct):
    """A type that holds itself."""

    children: "list[Tree]"


def test_a_type_that_holds_itself_is_compared_once() -> None:
    assert incompatibilities(schema(Tree), schema(Tree)) == []

"""The parameter check: every request against the TypedDict that the SDK declares for the operation.

Stricter than the types in one way: the SDK leaves enumerations open (`Literal[…] | str`); Stripe does not.
"""

import functools
import importlib
import re
import types
import typing
from typing import Any, Literal, NotRequired, Required, Union

import stripe.params
import stripe.params.checkout
from stripe._request_options import RequestOptions

from tests.simulators.stripe.errors import Refusal, invalid
from tests.simulators.stripe.form import Raw
from tests.simulators.stripe.json_types import Json

_OPTIONS = frozenset(RequestOptions.__annotations__)
_INTEGER = re.compile(r"-?\d{1,15}")
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_VALUE_LENGTH = 50, 40, 500  # docs.stripe.com/api/metadata


def check(raw: dict[str, Raw], params_class: str) -> Json:
    """Return the typed parameters of a request. `params_class` names a class of `stripe.params`, or of a package in it.

    An emptied parameter comes back as None. Raises Refusal with Stripe's codes: `parameter_unknown`,
    `parameter_missing`, `parameter_invalid_integer`, `parameter_invalid_empty`.
    """
    found: Any = functools.reduce(getattr, params_class.split("."), stripe.params)
    return _object(raw, found, "")


@functools.cache
def fields_of(params: type) -> dict[str, tuple[Any, bool]]:
    """Return name → (type, required) of a TypedDict, leaving out the SDK's own request options."""
    namespace = vars(importlib.import_module(params.__module__))
    fields: dict[str, tuple[Any, bool]] = {}
    for name, annotation in params.__annotations__.items():
        if name in _OPTIONS:
            continue
        holder = type("Holder", (), {"__annotations__": {name: annotation}})
        hint = typing.get_type_hints(holder, globalns=namespace, include_extras=True)[name]
        optional = typing.get_origin(hint) is NotRequired
        stripped = typing.get_args(hint)[0] if typing.get_origin(hint) in (NotRequired, Required) else hint
        fields[name] = (stripped, not optional)
    return fields


def _object(raw: dict[str, Raw], params: type, path: str) -> Json:
    fields = fields_of(params)
    for name in raw:
        if name not in fields:
            where = _join(path, name)
            raise invalid(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
    for name, (_, required) in fields.items():
        if required and name not in raw:
            where = _join(path, name)
            raise invalid(f"Missing required param: {where}.", param=where, code="parameter_missing")
    return {name: _value(value, fields[name][0], _join(path, name)) for name, value in raw.items()}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(raw: Raw, hint: Any, path: str) -> Any:
    alternatives = _alternatives(hint)
    if isinstance(raw, str):
        return _scalar(raw, alternatives, path)
    if isinstance(raw, list):
        return _list(raw, alternatives, path)
    return _mapping(raw, alternatives, path)


def _alternatives(hint: Any) -> list[Any]:
    """Flatten a union; anything else is its only alternative."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        return [flat for part in typing.get_args(hint) for flat in _alternatives(part)]
    return [hint]


def _literals(alternatives: list[Any]) -> set[str]:
    return {value for each in alternatives if typing.get_origin(each) is Literal for value in typing.get_args(each)}


def _scalar(raw: str, alternatives: list[Any], path: str) -> str | int | bool | None:
    literals = _literals(alternatives)
    if raw == "":
        _check_can_be_emptied(literals, path)
        return None
    choices = literals - {""}
    if raw in choices:
        return raw
    if bool in alternatives and raw in ("true", "false"):
        return raw == "true"
    if int in alternatives and _INTEGER.fullmatch(raw):
        return int(raw)
    if str in alternatives and not choices and bool not in alternatives:
        return raw
    raise _mistyped(raw, alternatives, choices, path)


def _check_can_be_emptied(literals: set[str], path: str) -> None:
    if "" in literals:
        return
    message = (
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or "
        "supply a non-empty value."
    )
    raise invalid(message, param=path, code="parameter_invalid_empty")


def _mistyped(raw: str, alternatives: list[Any], choices: set[str], path: str) -> Refusal:
    if choices:
        return invalid(f"Invalid {path}: must be one of {', '.join(sorted(choices))}", param=path)
    if int in alternatives:
        return invalid(f"Invalid integer: {raw}", param=path, code="parameter_invalid_integer")
    if bool in alternatives:
        return invalid(f"Invalid boolean: {raw}", param=path)
    kind = "array" if any(typing.get_origin(each) is list for each in alternatives) else "object"
    return invalid(f"Invalid {kind}", param=path)


def _list(raw: list[Raw], alternatives: list[Any], path: str) -> list[Any]:
    for each in alternatives:
        if typing.get_origin(each) is list:
            (item,) = typing.get_args(each)
            return [_value(value, item, f"{path}[{index}]") for index, value in enumerate(raw)]
    raise invalid(f"Invalid {path}: an array was not expected", param=path)


def _mapping(raw: dict[str, Raw], alternatives: list[Any], path: str) -> Json:
    for each in alternatives:
        if typing.get_origin(each) is dict:
            return _metadata(raw, path)
        if _is_typed_dict(each):
            return _object(raw, each, path)
    raise invalid(f"Invalid {path}: an object was not expected", param=path)


def _is_typed_dict(hint: Any) -> bool:
    """Recognise typing's and typing_extensions' alike; `typing.is_typeddict` knows only the former."""
    return isinstance(hint, type) and hasattr(hint, "__required_keys__")


def _metadata(raw: dict[str, Raw], path: str) -> Json:
    if len(raw) > _METADATA_KEYS:
        raise invalid(f"Metadata can have up to {_METADATA_KEYS} keys.", param=path)
    for name, value in raw.items():
        where = _join(path, name)
        if not isinstance(value, str):
            raise invalid("Metadata values must be strings.", param=where)
        if len(name) > _METADATA_KEY_LENGTH:
            raise invalid(f"Metadata keys can have up to {_METADATA_KEY_LENGTH} characters.", param=where)
        if len(value) > _METADATA_VALUE_LENGTH:
            raise invalid(f"Metadata values can have up to {_METADATA_VALUE_LENGTH} characters.", param=where)
    return dict(raw)

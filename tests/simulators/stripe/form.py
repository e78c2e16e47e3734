"""Form encoding with brackets, as API v1 takes it: `a[b]=1&c[0]=x&d[]=y` becomes nested dicts and lists."""

import re
from urllib.parse import parse_qsl

from tests.simulators.stripe.errors import Refusal, invalid

Raw = str | list["Raw"] | dict[str, "Raw"]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MALFORMED = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."


def decode(text: str) -> dict[str, Raw]:
    """Return the nested parameters of a form body or query string. Raises Refusal for a malformed one."""
    tree: dict[str, Raw] = {}
    for name, value in _pairs(text):
        _insert(tree, _steps(name), value, name)
    return {name: _lists(value) for name, value in tree.items()}


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as error:
        raise invalid(_MALFORMED) from error


def _steps(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise invalid(f"Received malformed parameter name: {name}", param=name)
    return [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]


def _insert(tree: dict[str, Raw], steps: list[str], value: str, name: str) -> None:
    """Walk or build the tree; `[]` takes the next free number, so that it meets `[0]`, `[1]` in one list."""
    node = tree
    for step in steps[:-1]:
        child = node.setdefault(step or str(len(node)), {})
        if not isinstance(child, dict):
            raise _repeated(name)
        node = child
    last = steps[-1] or str(len(node))
    if last in node:
        raise _repeated(name)
    node[last] = value


def _repeated(name: str) -> Refusal:
    return invalid(f"Received parameter {name} more than once.", param=name)


def _lists(value: Raw) -> Raw:
    if not isinstance(value, dict):
        return value
    children = {name: _lists(child) for name, child in value.items()}
    if list(children) == [str(index) for index in range(len(children))]:
        return list(children.values())
    return children

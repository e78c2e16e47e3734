"""Reading YAML data files so that everything wrong with one is found at once, each with its line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import yaml

LANGUAGES = ("en", "es")
Texts = dict[str, str]
_Value = TypeVar("_Value", str, int, bool, date)
_WORDS = {str: "a text", int: "a whole number", bool: "true or false", date: "a date as 2026-01-31"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong in a line, and what to do."""

    line: int
    message: str


class BadDataFile(ValueError):
    """A data file cannot be used; its text has one line per fault: `file:line: what`."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        super().__init__("\n".join(f"{name}:{fault.line}: {fault.message}" for fault in faults))
        self.faults = faults


class DataFile:
    """A YAML document whose reader collects faults and goes on; `finish` raises them together."""

    def __init__(self, name: str, text: str) -> None:
        """Raises BadDataFile for what is no YAML."""
        self.name = name
        self.faults: list[Fault] = []
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise BadDataFile(name, [_no_yaml(error)]) from None
        if root is None:
            raise BadDataFile(name, [Fault(line=1, message="the file is empty")])
        self.root: yaml.Node = root

    def refuse(self, node: yaml.Node, message: str) -> None:
        """Note a fault at a node."""
        self.faults.append(Fault(line=node.start_mark.line + 1, message=message))

    def finish(self) -> None:
        """Raise BadDataFile when anything was refused, in the order of the lines."""
        if self.faults:
            raise BadDataFile(self.name, sorted(self.faults, key=lambda fault: fault.line))

    def fields(self, node: yaml.Node, *, needs: Collection[str], may: Collection[str] = ()) -> dict[str, yaml.Node]:
        """The fields of a mapping; those missing, unknown or given twice are faults."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, f"needs the fields {', '.join(needs)}")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in needs and name not in may:
                self.refuse(key, f"there is no field {name!r} here; there are {', '.join([*needs, *may])}")
            elif name in found:
                self.refuse(key, f"{name!r} is given twice: delete one")
            found[name] = value
        for name in needs:
            if name not in found:
                self.refuse(node, f"{name!r} is missing: add it")
        return found

    def items(self, node: yaml.Node | None) -> list[yaml.Node]:
        """The entries of a list that is not empty; none where nothing was given."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.refuse(node, "needs a list with at least one entry")
            return []
        return list(node.value)

    def value(self, node: yaml.Node | None, kind: type[_Value], default: _Value) -> _Value:
        """A scalar of a kind, not empty; `default` where nothing was given or a fault was noted."""
        if node is None:
            return default
        value = _constructed(node)
        if type(value) is not kind or (isinstance(value, str) and not value.strip()):
            self.refuse(node, f"needs {_WORDS[kind]}")
            return default
        return value

    def choice(self, node: yaml.Node | None, choices: Collection[str], default: str) -> str:
        """One of the words of `choices`."""
        word = self.value(node, str, default)
        if word not in choices and node is not None:
            self.refuse(node, f"{word!r} is none of {', '.join(choices)}")
            return default
        return word

    def texts(self, found: dict[str, yaml.Node]) -> Texts:
        """The fields `en` and `es` of a mapping whose `fields` were read."""
        return {language: self.value(found.get(language), str, "").strip() for language in LANGUAGES}

    def text_pair(self, node: yaml.Node | None) -> Texts:
        """A mapping that holds nothing but a text in each language."""
        return self.texts(self.fields(node, needs=LANGUAGES)) if node is not None else dict.fromkeys(LANGUAGES, "")


def _constructed(node: yaml.Node) -> object:
    """The value of a scalar, or None for a list or mapping."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, yaml.YAMLError):  # 2026-02-31, !anything
        return None


def _no_yaml(error: yaml.YAMLError) -> Fault:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else "it holds characters that no text has"
    return Fault(line=mark.line + 1 if mark else 1, message=f"no YAML: {problem}")

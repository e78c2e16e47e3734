"""Who announces what, read from the source: a list that is kept by hand would go stale.

Whoever constructs an event or a message announces it. A reference that is neither a construction, a subscription nor
an annotation could be announced from anywhere, so it is refused (Untraceable). Of what others send, the functions that
mention it are the ones that apply it.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps

from workers.catalogue.entries import Entry, Kind, list_entries
from workers.events import Reaction

_ELSEWHERE = ("migrations", "management")
_SUBSCRIBERS = ("reacts_to", "reacts_to_all")
_TIMERS = ("schedule", "timer_for")
_Symbol = tuple[str, str]  # module, name


class Untraceable(ValueError):
    """A declared class is handed around in the source instead of being constructed where it is announced."""


@dataclass(frozen=True, order=True)
class Announcement:
    """A function that constructs an entry, or applies an inbound one.

    `is_timer` when it gives it to one of `_TIMERS`, to be announced later.
    """

    module: str
    function: str
    is_timer: bool

    @property
    def slice(self) -> str:
        """The slice that announces: `referrals.offers`, or the app where it has none."""
        return slice_of(self.module)


def slice_of(module: str) -> str:
    """Return the slice that a module belongs to: its app and the folder below."""
    return ".".join(module.split(".")[:2])


def find_announcements(entries: Iterable[Entry]) -> dict[str, list[Announcement]]:
    """Return who announces each event, sends or applies each message of `entries`, by its key. Raises Untraceable."""
    wanted = {(entry.declared.__module__, entry.declared.__name__): entry for entry in entries}
    found: dict[str, set[Announcement]] = defaultdict(set)
    for module, tree in _trees():
        for entry, announcement in _announcements(module, tree, wanted):
            found[entry.key].add(announcement)
    return {key: sorted(places) for key, places in found.items()}


def slices_called(reaction: Reaction) -> list[str]:
    """Return the slices whose services a reaction calls, in the order of the calls."""
    tree = _tree_of(reaction.hear.__module__)
    imported = _imports(tree)
    body = dict(_functions(tree))[reaction.hear.__name__].body
    called = [
        ".".join(imported[node.id])
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id in imported
    ]
    return list(dict.fromkeys(slice_of(name) for name in called))


@cache
def _tree_of(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise Untraceable(f"There is no source of {module}.")
    return ast.parse(Path(spec.origin).read_text())


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the apps that declare something, parsed once."""
    ours = {entry.app for entry in list_entries()}
    roots = {config.name: Path(config.path) for config in apps.get_app_configs() if config.name in ours}
    return tuple(
        (".".join((name, *path.relative_to(root).with_suffix("").parts)), ast.parse(path.read_text()))
        for name, root in sorted(roots.items())
        for path in sorted(root.rglob("*.py"))
        if not set(_ELSEWHERE) & set(path.relative_to(root).parts)
    )


def _announcements(module: str, tree: ast.Module, wanted: dict[_Symbol, Entry]) -> Iterator[tuple[Entry, Announcement]]:
    imported = _imports(tree)
    declaring = {symbol[0] for symbol in wanted}
    if not any(module in declaring or f"{module}.{name}" in declaring for module, name in imported.values()):
        return
    harmless = _harmless(tree)
    for name, body in _functions(tree):
        timers = _given_to_schedule(body)
        for node, parent in _with_parents(body):
            entry = _entry_of(node, imported, wanted)
            if entry is None or (id(node) in harmless and entry.kind is not Kind.INBOUND):
                continue
            if entry.kind is not Kind.INBOUND and not (name and _makes_one(node, parent)):
                place = f"{module}.{name}".rstrip(".")
                raise Untraceable(f"{place} refers to {entry.declared.__name__} without making one.")
            if name:
                yield entry, Announcement(module, name, id(parent) in timers)


def _makes_one(node: ast.AST, parent: ast.AST) -> bool:
    """Whether it is constructed, or is what a statement of SQL makes for each of its rows."""
    if not isinstance(parent, ast.Call):
        return False
    return parent.func is node or (_name(parent.func) == "publish_selected" and parent.args[:1] == [node])


def _entry_of(node: ast.AST, imported: dict[str, _Symbol], wanted: dict[_Symbol, Entry]) -> Entry | None:
    """The entry that an expression refers to: `OfferMade`, or `events.OfferMade`."""
    if isinstance(node, ast.Name):
        return wanted.get(imported.get(node.id, ("", "")))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
        return wanted.get((".".join(imported[node.value.id]), node.attr))
    return None


def _imports(tree: ast.Module) -> dict[str, _Symbol]:
    """What each imported name stands for: (module, name)."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _functions(tree: ast.Module) -> list[tuple[str, ast.FunctionDef | ast.Module]]:
    """The functions and methods of a module by name, and without a name what is in none of them.

    What is nested in a function belongs to it.
    """
    places: list[ast.Module | ast.ClassDef] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    body = [node for place in places for node in place.body]
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    rest = [node for node in body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [*((node.name, node) for node in functions), ("", ast.Module(rest, []))]


def _harmless(tree: ast.Module) -> set[int]:
    """Every node of an annotation or of a subscription."""
    places: list[ast.AST | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            places += [node.returns]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            places += [node.annotation]
        elif isinstance(node, ast.Call) and _name(node.func) in _SUBSCRIBERS:
            places += node.args
    return {id(part) for place in places if place is not None for part in ast.walk(place)}


def _given_to_schedule(function: ast.AST) -> set[int]:
    """The calls whose result is the first argument of `_TIMERS`, written there or under a name of its own."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    given = [call.args[0] for call in calls if _name(call.func) in _TIMERS and call.args]
    names = {node.id for node in given if isinstance(node, ast.Name)}
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(_name(target) in names for target in node.targets)
    ]
    return {id(node) for node in (*given, *assigned)}


def _with_parents(function: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    for parent in ast.walk(function):
        for node in ast.iter_child_nodes(parent):
            yield node, parent


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")

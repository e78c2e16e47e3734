"""Why two quotes of one course differ, and what a part of a quote took of each limit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.quotes.rules.waterfall import Line

Snapshot = Mapping[str, Any]


def reasons_between(before: Snapshot, after: Snapshot, old: Sequence[Line], new: Sequence[Line]) -> list[str]:
    """Return which inputs differ (keys of comparing.REASONS), from two quotes' snapshots and lines."""
    differs = {
        "income": _declared(before) != _declared(after),
        "guideline": _declared(before) == _declared(after) and before["discount"] != after["discount"],
        "plan": _promised(before["terms"]) != _promised(after["terms"]),
        "limits": _used(before["terms"]) != _used(after["terms"]),
        "course": _sessions(old) != _sessions(new),
        "fund": _cut(old) != _cut(new),
    }
    return [reason for reason, is_so in differs.items() if is_so]


def taken_by(lines: Iterable[Line]) -> Counter[str]:
    """Return what lines take of plans' limits, by bucket."""
    taken: Counter[str] = Counter()
    for line in lines:
        taken.update(line.takes)
    return taken


def _declared(snapshot: Snapshot) -> str | None:
    declaration = snapshot["declaration"]
    return str(declaration["id"]) if declaration else None


def _promised(terms: Snapshot) -> Any:
    limits = [(cap["bucket"], cap["limit"]) for cap in (terms["deductible"], *terms["caps"])]
    return terms["version"], terms["route_covered"], terms["default"], terms["by_kind"], limits


def _used(terms: Snapshot) -> Any:
    return {cap["bucket"]: cap["used"] for cap in (terms["deductible"], *terms["caps"])}


def _sessions(lines: Sequence[Line]) -> Any:
    return [(str(line.session_id), line.kind, line.list_cents) for line in lines]


def _cut(lines: Sequence[Line]) -> Any:
    """What the fund could not pay of each session's discount."""
    cut = {str(line.session_id): line.scale_cents - line.discount_cents for line in lines}
    return {session: cents for session, cents in cut.items() if cents}

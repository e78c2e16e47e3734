"""Comparing what a file says with the roster."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from benefits.enrollment.rules import Changes, Known, Person


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The rows of a file by what they would do.

    `ignored` rows end the employment of people who were never members.
    """

    added: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    reinstated: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)


def compare(people: Mapping[int, Person], roster: Mapping[str, Known], *, hash_of: Callable[[Person], str]) -> Diff:
    """Return what a file's rows would do. `hash_of` gives the keyed hash by which addresses are compared."""
    diff = Diff()
    for row, person in sorted(people.items()):
        getattr(diff, _effect(person, roster.get(person.employee_number), hash_of)).append(row)
    return diff


def absent(roster: Mapping[str, Known], *, named: Collection[str]) -> list[str]:
    """Return the numbers of active members that a full file does not name. Nobody's cover ends by absence."""
    return sorted(number for number, known in roster.items() if known.person.is_active and number not in named)


def _effect(person: Person, known: Known | None, hash_of: Callable[[Person], str]) -> str:
    if known is None:
        return "added" if person.is_active else "ignored"
    if not person.is_active and person.end_date != known.person.end_date:
        return "ended"
    if person.is_active and not known.person.is_active:
        return "reinstated"
    is_same = replace(person, personal_email="", work_email="") == known.person
    return "unchanged" if is_same and hash_of(person) == known.contact_hash else "changed"


def changes_of(people: Mapping[int, Person], diff: Diff) -> Changes:
    """Return the people whom a diff changes."""
    kinds = ("added", "changed", "ended", "reinstated")
    return Changes(**{kind: [people[row] for row in getattr(diff, kind)] for kind in kinds})

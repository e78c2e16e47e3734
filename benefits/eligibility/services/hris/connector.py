"""What an HR system has to tell: the company, its individuals, their employment, and what its webhooks announced.

The words are those of the unified HRIS interfaces that many systems are read through. Values are texts as the system
gives them: they are checked as the cells of a census are, with the same remedies.
"""

from collections.abc import Collection, Iterator
from typing import Protocol

import msgspec


class NotReadable(Exception):
    """What the system gave cannot be read; the message says what and where."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Whose people these are: `id` in the HR system."""

    id: str
    name: str


class Individual(msgspec.Struct, frozen=True, kw_only=True):
    """A person, without what belongs to their job; `id` is their employee number."""

    id: str
    first_name: str
    last_name: str
    date_of_birth: str
    postal_code: str
    state: str
    address_line_1: str = ""
    address_line_2: str = ""
    city: str = ""
    personal_email: str = ""
    work_email: str = ""
    language: str = ""
    timezone: str = ""
    relationship: str = ""
    subscriber_number: str = ""
    date_of_death: str = ""


class Employment(msgspec.Struct, frozen=True, kw_only=True):
    """An individual's job; `employment_status` as in a census."""

    individual_id: str
    hire_date: str
    employment_status: str
    end_date: str = ""
    leave_starts_on: str = ""
    employee_class: str = ""
    work_location: str = ""


class Connector(Protocol):
    """One employer's HR system. Each method raises NotReadable for what it cannot make sense of."""

    def company(self) -> Company:
        """Return whose system it is."""
        ...

    def begin(self) -> None:
        """Hear that a collection begins; what comes from now on is for the one after it."""
        ...

    def announced(self) -> frozenset[str] | None:
        """Return the ids that its webhooks named since the last collection; None when everybody is to be read."""
        ...

    def individuals(self, ids: Collection[str] | None) -> Iterator[Individual]:
        """Yield everybody, or those of `ids`."""
        ...

    def employments(self, ids: Collection[str] | None) -> Iterator[Employment]:
        """Yield everybody's present employment, or those of `ids`."""
        ...

    def fingerprint(self) -> str:
        """Return a SHA-256 of what there is to collect: the same is not collected twice in a row."""
        ...

    def taken(self) -> None:
        """Hear that all of it was staged; what was announced need not be announced again."""
        ...

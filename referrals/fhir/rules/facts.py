"""What a bundle tells, before it is FHIR. Instants are UTC; what is empty is left out."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Practice:
    """A clinic, or the benefit itself, which has neither NPI nor address here."""

    id: UUID
    name: str
    npi: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Person:
    """The member. The id is made for this referral: it is nowhere else, and joins no two referrals."""

    id: UUID
    first_name: str
    last_name: str
    date_of_birth: date
    email: str
    postal_code: str
    state: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One clinic that was asked; `status` and `reason` in the words of an offer, which are FHIR's Task's."""

    id: UUID
    clinic: Practice
    status: str
    reason: str
    respond_by: datetime
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A consent in force: which text, from when until when, and whether it is to what tells of substance use."""

    kind: str
    version: str
    at: datetime
    until: datetime
    is_substance_use: bool = False


@dataclass(frozen=True, kw_only=True)
class Referral:
    """A referral with all that its bundle tells to one reader."""

    id: UUID
    status: str
    is_urgent: bool
    opened_at: datetime
    wanted: tuple[str, ...]
    person: Person
    is_covered: bool
    agreed: tuple[Agreed, ...]
    benefit: Practice
    asked: tuple[Asked, ...]
    taken_by: Practice | None = None
    is_test: bool = False

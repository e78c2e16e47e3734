"""People as an employer describes them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

RELATIONSHIPS = ("self", "spouse", "domestic_partner", "child", "other")  # X12 834 INS02: 18, 01, 53, 19, G8
EMPLOYMENT_STATUSES = ("active", "on_leave", "ended", "deceased")  # what the employer has recorded, on whatever day
# States, the district and territories, as the postal service writes them (USPS Publication 28, Appendix B).
STATES = frozenset(
    (  # noqa: SIM905 - a list of words
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
        "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
    ).split()
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person as a door delivers them, every cell checked. Two that are equal describe the same thing.

    Who they are: `employee_number` is theirs alone at their employer and never changes, a dependant has one of their
    own; `subscriber_number` is the employee's through whom a dependant is covered, "" for the employee themself, whose
    `relationship` is "self".

    When: `end_date` is the last day of employment, `leave_starts_on` the first of a leave they are on, `date_of_death`
    ends everything. `cover_from` is not theirs but the change's: cover that this change begins does not begin
    before it; None leaves that to hire date and plan.
    """

    employee_number: str
    first_name: str
    last_name: str
    date_of_birth: date
    postal_code: str
    state: str
    language: str
    timezone: str
    hire_date: date
    end_date: date | None = None
    personal_email: str = ""
    work_email: str = ""
    address_line_1: str = ""
    address_line_2: str = ""
    city: str = ""
    employee_class: str = ""
    work_location: str = ""
    relationship: str = "self"
    subscriber_number: str = ""
    leave_starts_on: date | None = None
    date_of_death: date | None = None
    cover_from: date | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """A death ends employment, and what has ended has no leave: said once here, it is so for every door."""
        if self.date_of_death is not None and (self.end_date is None or self.end_date > self.date_of_death):
            object.__setattr__(self, "end_date", self.date_of_death)
        if self.end_date is not None:
            object.__setattr__(self, "leave_starts_on", None)

    @property
    def is_active(self) -> bool:
        """Whether they are still employed, or still the dependant of somebody who is."""
        return self.end_date is None

    @property
    def is_dependant(self) -> bool:
        """Whether they are covered through somebody else."""
        return self.relationship != "self"

    @property
    def invite_email(self) -> str:
        """Where to invite them: the personal address when there is one, for an employer can read the other."""
        return self.personal_email or self.work_email


class Identified(Protocol):
    """What tells somebody from whoever else had their employee number."""

    first_name: str
    last_name: str
    date_of_birth: date


def is_other_person(known: Identified, said: Identified) -> bool:
    """Whether what is said is of somebody else than is known: another day of birth, and another name besides.

    One of both is a correction. The same in SQL, for whole files: eligibility/queries/comparing.py.
    """
    return known.date_of_birth != said.date_of_birth and _name(known) != _name(said)


def _name(person: Identified) -> tuple[str, str]:
    return person.first_name.lower(), person.last_name.lower()

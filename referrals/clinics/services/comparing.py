"""What a row of a directory file would change of a clinic that is there already."""

from dataclasses import dataclass
from typing import Any

from referrals.clinics.models import ClinicStatus
from referrals.clinics.queries.files import OnFile
from referrals.clinics.rules.hours import Hours
from referrals.clinics.services.credentials import NewCredential
from referrals.clinics.services.prices import Price
from referrals.clinics.services.signing import NewClinic, columns_of, credentials_of

# Capacity is the clinic's own word, which is newer than a file; the organisation is compared by its name.
_LEFT = ("npi", "open_slots", "accepts_from", "organization_id")


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A row that waits: the clinic, its organisation's name ("": a practice of its own), and its prices."""

    clinic: NewClinic
    organization: str
    prices: list[Price]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs: facts by their columns, prices from tomorrow on, credentials that are not on file, all hours."""

    facts: dict[str, Any]
    organization: str
    prices: list[Price]
    credentials: list[NewCredential]
    hours: tuple[Hours, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the row says only what is known."""
        return not (self.facts or self.organization or self.prices or self.credentials or self.hours)


def effect(staged: Staged, known: OnFile | None) -> str:
    """Return what applying a row does: added, changed, unchanged, or archived: then nothing."""
    if known is None:
        return "added"
    if known.clinic.status == ClinicStatus.ARCHIVED:
        return "archived"
    return "unchanged" if compare(staged, known).is_empty else "changed"


def compare(staged: Staged, known: OnFile) -> Difference:
    """Return what a row says that is not known. An empty cell of hours says nothing."""
    told = {name: value for name, value in columns_of(staged.clinic).items() if name not in _LEFT}
    hours = tuple(staged.clinic.hours)
    return Difference(
        facts={name: value for name, value in told.items() if getattr(known.clinic, name) != value},
        organization=staged.organization if staged.organization != known.clinic.organization.name else "",
        prices=[one for one in staged.prices if known.prices.get((one.kind, one.route, one.format)) != one.cents],
        credentials=[
            one
            for one in credentials_of(staged.clinic)
            if (one.kind, one.identifier, one.state, one.expires_on) not in known.credentials
        ],
        hours=hours if hours != known.hours else (),
    )

"""The columns of NPPES's files, by their names in the header (CMS, "NPPES Data Dissemination, Readme", version 2).

Columns that are not wanted may come, go or move.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from referrals.npi_registry.rules.faults import BadFile

_PRACTICE = "Provider Business Practice Location Address"
TAXONOMIES = range(1, 16)
NPI = "NPI"
DEACTIVATION_REPORT = (NPI, "NPPES Deactivation Date")
DEACTIVATED = "NPI Deactivation Date"
DATES = ("Provider Enumeration Date", "Last Update Date", DEACTIVATED, "NPI Reactivation Date")
ENTITY = "Entity Type Code"
ORGANIZATION = "Provider Organization Name (Legal Business Name)"
LAST_NAME = "Provider Last Name (Legal Name)"
FIRST_NAME = "Provider First Name"
# as they are stored, in the order of `records.COLUMNS`
TEXTS = (
    "Provider Credential Text",
    "Provider First Line Business Practice Location Address",
    f"{_PRACTICE} City Name",
    f"{_PRACTICE} State Name",
    f"{_PRACTICE} Postal Code",
    f"{_PRACTICE} Country Code (If outside U.S.)",
    f"{_PRACTICE} Telephone Number",
)


class FileKind(StrEnum):
    """What a file holds: every provider, those that changed in a week, or numbers that were deactivated."""

    MONTHLY = "monthly"
    WEEKLY = "weekly"
    DEACTIVATIONS = "deactivations"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the wanted columns of a file of providers are; each list is in the order of the taxonomies."""

    width: int
    npi: int
    entity: int
    organization: int
    last_name: int
    first_name: int
    texts: tuple[int, ...]
    dates: tuple[int, ...]
    codes: tuple[int, ...]
    switches: tuple[int, ...]
    licences: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, header: Sequence[str]) -> "Layout":
        """Find the columns. Raises BadFile, naming those that are missing."""
        places = {name.strip(): place for place, name in enumerate(header)}
        missing = [name for name in _wanted() if name not in places]
        if missing:
            raise BadFile(
                f"These columns of NPPES's file layout version 2 are missing: {', '.join(missing[:5])}. "
                "Take npidata_pfile_….csv as CMS publishes it, its header included."
            )
        return cls(
            width=len(header),
            npi=places[NPI],
            entity=places[ENTITY],
            organization=places[ORGANIZATION],
            last_name=places[LAST_NAME],
            first_name=places[FIRST_NAME],
            texts=tuple(places[name] for name in TEXTS),
            dates=tuple(places[name] for name in DATES),
            codes=tuple(places[_code(number)] for number in TAXONOMIES),
            switches=tuple(places[_switch(number)] for number in TAXONOMIES),
            licences=tuple((places[state], places[licence]) for state, licence in map(_licence, TAXONOMIES)),
        )


def is_deactivation_report(header: Sequence[str]) -> bool:
    """Whether a header is that of the monthly report of deactivated numbers."""
    return tuple(name.strip() for name in header[:2]) == DEACTIVATION_REPORT


def _wanted() -> list[str]:
    taxonomies = [name for number in TAXONOMIES for name in (_code(number), _switch(number), *_licence(number))]
    return [NPI, ENTITY, ORGANIZATION, LAST_NAME, FIRST_NAME, *TEXTS, *DATES, *taxonomies]


def _code(number: int) -> str:
    return f"Healthcare Provider Taxonomy Code_{number}"


def _switch(number: int) -> str:
    return f"Healthcare Provider Primary Taxonomy Switch_{number}"


def _licence(number: int) -> tuple[str, str]:
    return f"Provider License Number State Code_{number}", f"Provider License Number_{number}"

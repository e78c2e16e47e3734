"""The poverty guidelines of the United States: by region, from a day on, for households of any size."""

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from workers.kernel.words import Sentence

_FILE = Path(__file__).parents[1] / "data" / "poverty_guidelines.csv"
MAX_INCOME_CENTS = 10**12
MAX_HOUSEHOLD = 50
_NONE = Sentence("There is no poverty guideline for %(region)s on %(day)s.")


class Region(StrEnum):
    """Where the guidelines differ (42 U.S.C. 9902(2)); contiguous is the 48 states and the District of Columbia."""

    CONTIGUOUS = "contiguous"
    ALASKA = "alaska"
    HAWAII = "hawaii"


class NoGuideline(LookupError):
    """No guideline was in force on this day."""


@dataclass(frozen=True, kw_only=True)
class Guideline:
    """A poverty guideline: yearly cents for a household of one, and for each person more; `source` says whose word."""

    region: Region
    effective_date: date
    first_person_cents: int
    each_additional_cents: int
    source: str = ""

    @property
    def version(self) -> str:
        """What a quote keeps: "2026-01-13/contiguous"."""
        return f"{self.effective_date}/{self.region}"

    def for_household(self, size: int) -> int:
        """Yearly cents for a household of `size` people, however many. Raises ValueError below one."""
        if size < 1:
            raise ValueError("A household has at least one person.")
        return self.first_person_cents + (size - 1) * self.each_additional_cents


def guideline_for(region: Region, on: date) -> Guideline:
    """Return the guideline of `region` in force on a day. Raises NoGuideline before the first."""
    in_force = [g for g in GUIDELINES if g.region == region and g.effective_date <= on]
    if not in_force:
        raise NoGuideline(_NONE(region=region, day=on))
    return max(in_force, key=lambda guideline: guideline.effective_date)


def _read() -> tuple[Guideline, ...]:
    with _FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Guideline(
                region=Region(row["region"]),
                effective_date=date.fromisoformat(row["effective_date"]),
                first_person_cents=int(row["first_person_usd"]) * 100,
                each_additional_cents=int(row["each_additional_usd"]) * 100,
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


GUIDELINES = _read()

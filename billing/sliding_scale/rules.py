"""Poverty guidelines and bands: what part of a fee an income and a household leave to be paid.

Both are data of this slice, read at import: `data/poverty_guidelines.csv` (effective-dated, as HHS publishes
them each January) and `data/programmes.json`. Whoever computes with a guideline keeps its `version`.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from workers.kernel.money import share

_DATA = Path(__file__).parent / "data"
ABOVE_THE_BANDS = "above"
STANDARD = "standard"
MAX_INCOME_CENTS = 10**12
MAX_HOUSEHOLD = 50


class Region(StrEnum):
    """Where the guidelines differ (42 U.S.C. 9902(2))."""

    CONTIGUOUS = "contiguous"
    ALASKA = "alaska"
    HAWAII = "hawaii"


class NoGuideline(LookupError):
    """No guideline was in force on this day."""


class BadBands(ValueError):
    """The bands of a programme do not rise, or a higher income would pay less."""


@dataclass(frozen=True, kw_only=True)
class Guideline:
    """A poverty guideline: yearly cents for a household of one, and for each person more."""

    region: Region
    effective_date: date
    first_person_cents: int
    each_additional_cents: int

    @property
    def version(self) -> str:
        """What a quote keeps: "2026-01-13/contiguous"."""
        return f"{self.effective_date}/{self.region}"

    def for_household(self, size: int) -> int:
        """Yearly cents for a household of `size` people, however many. Raises ValueError below one."""
        if size < 1:
            raise ValueError("A household has at least one person.")
        return self.first_person_cents + (size - 1) * self.each_additional_cents


@dataclass(frozen=True, kw_only=True)
class Band:
    """Incomes up to and including `up_to_percent` of the guideline, above the band before."""

    code: str
    up_to_percent: int
    discount_percent: int
    nominal_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class Discount:
    """What a declared income gives: `percent` off each fee, but leaving `nominal_cents` of it to be paid.

    At least `least_percent`, the next band's, is off: a nominal fee never exceeds what a higher income pays.
    """

    programme: str
    band: str
    percent: int
    least_percent: int
    nominal_cents: int
    guideline_version: str

    def off(self, list_cents: int) -> int:
        """Return the cents taken off a list price, between 0 and the price."""
        leaving_nominal = min(share(list_cents, self.percent), list_cents - self.nominal_cents)
        return max(share(list_cents, self.least_percent), leaving_nominal)


NO_DISCOUNT = Discount(programme="", band="", percent=0, least_percent=0, nominal_cents=0, guideline_version="")
_ABOVE = Band(code=ABOVE_THE_BANDS, up_to_percent=0, discount_percent=0)


def check_bands(bands: Sequence[Band]) -> None:
    """Raise BadBands unless limits rise strictly, discounts fall strictly from at most 100, and codes differ.

    A band begins where the one before ends, so that gaps and overlaps cannot be written down.
    """
    limits = [0, *(band.up_to_percent for band in bands)]
    discounts = [101, *(band.discount_percent for band in bands), 0]
    if any(low >= high for low, high in pairwise(limits)):
        raise BadBands("The upper limits of bands rise from band to band.")
    if any(high <= low for high, low in pairwise(discounts)):
        raise BadBands("Discounts fall from band to band, between 100 and 1 percent.")
    if any(band.nominal_cents for band in bands[1:]) or any(band.nominal_cents < 0 for band in bands):
        raise BadBands("A nominal fee belongs to the lowest band.")
    if len({band.code for band in bands} | {ABOVE_THE_BANDS}) != len(bands) + 1:
        raise BadBands(f"The codes of bands differ, and none is {ABOVE_THE_BANDS!r}.")


def guideline_for(region: Region, on: date) -> Guideline:
    """Return the guideline of `region` in force on a day. Raises NoGuideline before the first."""
    in_force = [g for g in GUIDELINES if g.region == region and g.effective_date <= on]
    if not in_force:
        raise NoGuideline(f"There is no poverty guideline for {region} on {on}.")
    return max(in_force, key=lambda guideline: guideline.effective_date)


def discount_for(
    income_cents: int, household_size: int, region: Region, on: date, programme: str = STANDARD
) -> Discount:
    """Return what a yearly income and a household give on a day in a programme; above its bands 0 percent.

    Income is compared with the guideline by integers, so that an income exactly at a limit is inside it.
    Raises NoGuideline, ValueError for a negative income or an empty household, KeyError for no such programme.
    """
    if income_cents < 0:
        raise ValueError("An income is not negative.")
    guideline = guideline_for(region, on)
    limit = guideline.for_household(household_size)
    within = [band for band in PROGRAMMES[programme] if income_cents * 100 <= limit * band.up_to_percent]
    band, above = [*within, _ABOVE, _ABOVE][:2]
    return Discount(
        programme=programme,
        band=band.code,
        percent=band.discount_percent,
        least_percent=above.discount_percent if band.nominal_cents else band.discount_percent,
        nominal_cents=band.nominal_cents,
        guideline_version=guideline.version,
    )


def _read_guidelines() -> tuple[Guideline, ...]:
    with (_DATA / "poverty_guidelines.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Guideline(
                region=Region(row["region"]),
                effective_date=date.fromisoformat(row["effective_date"]),
                first_person_cents=int(row["first_person_usd"]) * 100,
                each_additional_cents=int(row["each_additional_usd"]) * 100,
            )
            for row in csv.DictReader(file)
        )


def _read_programmes() -> dict[str, tuple[Band, ...]]:
    raw = json.loads((_DATA / "programmes.json").read_text(encoding="utf-8"))
    programmes = {code: tuple(Band(**band) for band in entry["bands"]) for code, entry in raw.items()}
    for bands in programmes.values():
        check_bands(bands)
    return programmes


GUIDELINES = _read_guidelines()
PROGRAMMES = _read_programmes()

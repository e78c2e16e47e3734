"""Programmes: which part of a fee is taken off in which band of incomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from billing.sliding_scale.rules.guidelines import Guideline, Region, guideline_for
from workers.kernel.money import share

ABOVE_THE_BANDS = "above"
STANDARD = "standard"


class BadBands(ValueError):
    """Bands that cannot be a scale. `errors` are {field, message}: which band, what is wrong, what to do."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(" ".join(message for _, message in errors))
        self.errors = [{"field": field, "message": message} for field, message in errors]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Incomes above `above_percent` of the guideline, up to and including `up_to_percent`.

    `discount_percent` is taken off each fee, but leaves `nominal_cents` of it to be paid.
    """

    code: str
    above_percent: int
    up_to_percent: int
    discount_percent: int
    nominal_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class Programme:
    """Bands from 0 percent on without a gap or an overlap; above the last there is no discount."""

    code: str
    version: str
    bands: tuple[Band, ...]


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
    programme_version: str = ""

    def off(self, list_cents: int) -> int:
        """Return the cents taken off a list price, between 0 and the price: half a cent is rounded up."""
        leaving_nominal = min(share(list_cents, self.percent), list_cents - self.nominal_cents)
        return max(share(list_cents, self.least_percent), leaving_nominal)


NO_DISCOUNT = Discount(programme="", band="", percent=0, least_percent=0, nominal_cents=0, guideline_version="")
_ABOVE = Band(code=ABOVE_THE_BANDS, above_percent=0, up_to_percent=0, discount_percent=0)


def check_bands(bands: Sequence[Band]) -> None:
    """Raise BadBands unless the bands are a scale.

    They follow one another from 0 without gap or overlap, discounts fall strictly between 100 and 1 percent (or a
    higher income could pay less), only the lowest has a nominal fee, and codes differ.
    """
    errors = [*_misplaced(bands), *_misgraded(bands), *_misnamed(bands)]
    if errors:
        raise BadBands(errors)


def _misplaced(bands: Sequence[Band]) -> list[tuple[str, str]]:
    if not bands:
        return [("bands", "A programme has at least one band: give the incomes that get a discount.")]
    errors, before = [], 0
    for number, band in enumerate(bands):
        field = f"bands[{number}].above_percent"
        if band.above_percent > before:
            errors.append(
                (field, f"Incomes from {before} to {band.above_percent} % are in no band: begin at {before}.")
            )
        elif band.above_percent < before:
            errors.append((field, f"This band overlaps the one before, which ends at {before} %: begin there."))
        if band.up_to_percent <= band.above_percent:
            errors.append((f"bands[{number}].up_to_percent", "A band ends above where it begins."))
        before = band.up_to_percent
    return errors


def _misgraded(bands: Sequence[Band]) -> list[tuple[str, str]]:
    errors = [
        (f"bands[{number}].discount_percent", "A discount is between 1 and 100 percent.")
        for number, band in enumerate(bands)
        if not 1 <= band.discount_percent <= 100
    ]
    errors += [
        (f"bands[{number}].discount_percent", "A higher income has a lower discount than the band before.")
        for number, (lower, higher) in enumerate(pairwise(bands), start=1)
        if higher.discount_percent >= lower.discount_percent
    ]
    errors += [
        (f"bands[{number}].nominal_cents", "A nominal fee is not negative, and belongs to the lowest band only.")
        for number, band in enumerate(bands)
        if band.nominal_cents < 0 or (number and band.nominal_cents)
    ]
    return errors


def _misnamed(bands: Sequence[Band]) -> list[tuple[str, str]]:
    codes = [band.code for band in bands]
    if len(set(codes)) < len(codes) or ABOVE_THE_BANDS in codes:
        return [("bands", f"The codes of bands differ, and none is {ABOVE_THE_BANDS!r}.")]
    return []


def discount_for(income_cents: int, household_size: int, region: Region, on: date, programme: Programme) -> Discount:
    """Return what a yearly income and a household give on a day in a programme; above its bands 0 percent.

    Income is compared with the guideline by integers, so that an income exactly at a limit is inside it.
    Raises NoGuideline, ValueError for a negative income or an empty household.
    """
    if income_cents < 0:
        raise ValueError("An income is not negative.")
    guideline = guideline_for(region, on)
    limit = guideline.for_household(household_size)
    within = [band for band in programme.bands if income_cents * 100 <= limit * band.up_to_percent]
    band, above = [*within, _ABOVE, _ABOVE][:2]
    return _discount(band, above, guideline, programme)


def _discount(band: Band, above: Band, guideline: Guideline, programme: Programme) -> Discount:
    return Discount(
        programme=programme.code,
        programme_version=programme.version,
        band=band.code,
        percent=band.discount_percent,
        least_percent=above.discount_percent if band.nominal_cents else band.discount_percent,
        nominal_cents=band.nominal_cents,
        guideline_version=guideline.version,
    )

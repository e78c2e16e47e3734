"""Where a ZIP code lies, and whether a point lies in the United States. The centroids are the package `zipcodes`'."""

from dataclasses import dataclass
from functools import cache
from math import floor
from typing import Any
from zoneinfo import available_timezones

import zipcodes

from workers.kernel.errors import Invalid

_ZONES = available_timezones()


class UnknownPostalCode(Invalid):
    """No such ZIP code in the United States."""

    code = "unknown_postal_code"


class PostalCodeWithoutPlace(Invalid):
    """A ZIP code that lies nowhere on the map: a military one, or one of a single large receiver of mail."""

    code = "postal_code_without_place"


class OutsideTheUs(Invalid):
    """A point that is near no ZIP code."""

    code = "outside_the_us"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A ZIP code's centroid, in degrees (WGS 84), and its time zone (IANA), "" where it is not known."""

    postal_code: str
    state: str
    latitude: float
    longitude: float
    timezone: str = ""


def locate(postal_code: str) -> Place:
    """Return the centroid of a ZIP code, also given as ZIP+4. Raises UnknownPostalCode, PostalCodeWithoutPlace."""
    if not _looks_like_zip(postal_code) or not (found := _known(postal_code[:5])):
        raise UnknownPostalCode(f"{postal_code!r} is not a ZIP code of the United States.")
    if not _has_place(found):
        raise PostalCodeWithoutPlace(f"{postal_code} has no place on the map: give the ZIP code of a street near by.")
    return _place(found)


def require_us(latitude: float, longitude: float) -> None:
    """Raise OutsideTheUs for a point without a ZIP code's centre in its square degree or a neighbouring one.

    So the sea and other continents are refused, and an address in the emptiest county is not; the strips of Canada and
    Mexico along the border pass, for only a map could tell them apart.
    """
    row, column = floor(latitude), floor(longitude)
    around = {(row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1)}
    if around.isdisjoint(_squares()):
        raise OutsideTheUs(f"{latitude}, {longitude} is not in the United States: check which is which, and the signs.")


@cache
def _squares() -> frozenset[tuple[int, int]]:
    """The square degrees, by their south-western corners, in which ZIP codes have their centres."""
    known = zipcodes.list_all()  # type: ignore[no-untyped-call] # the package has no types
    return frozenset((floor(float(one["lat"])), floor(float(one["long"]))) for one in known if _has_place(one))


@cache
def _known(postal_code: str) -> dict[str, Any] | None:
    """Of a hundred thousand codes at most; the package looks through all of its own each time."""
    found: list[dict[str, Any]] = zipcodes.matching(postal_code)  # type: ignore[no-untyped-call] # the package has none
    return found[0] if found else None


def _place(found: dict[str, Any]) -> Place:
    return Place(
        postal_code=found["zip_code"],
        state=found["state"],
        latitude=float(found["lat"]),
        longitude=float(found["long"]),
        timezone=found["timezone"] if found["timezone"] in _ZONES else "",  # one of the data's is a village
    )


def _has_place(found: dict[str, Any]) -> bool:
    """The data have 0, 0 for those without one, and some abroad (AE, AP) that are not in the United States."""
    return bool(float(found["lat"] or 0)) and found["zip_code_type"] != "MILITARY"


def _looks_like_zip(text: str) -> bool:
    """Five digits, or nine as 12345-6789."""
    first, dash, last = text.partition("-")
    parts_fit = len(first) == 5 and (len(last) == 4 if dash else not last)
    return parts_fit and text.isascii() and (first + last).isdigit()

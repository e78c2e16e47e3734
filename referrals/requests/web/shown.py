"""What the pages show of clinics, on a list and in a drawing, and how refusals are said."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.utils.translation import gettext_lazy as _

from referrals.clinics.models import Clinic
from referrals.clinics.queries import Terms
from referrals.clinics.rules.geography import KM_A_MILE, KM_PER_DEGREE, distance_km
from referrals.requests.forms.words import (
    FORMAT_WORDS,
    GENDER_WORDS,
    PROTOCOL_WORDS,
    ROUTE_WORDS,
    language_name,
)
from workers.kernel.money import dollars

PLACE_REFUSALS = {
    "unknown_postal_code": _("This is not a ZIP code of the United States."),
    "postal_code_without_place": _("This ZIP code has no place on the map: give that of a street near by."),
}
REFUSALS = PLACE_REFUSALS | {
    "unknown_clinic": _("A clinic that you chose is not in the directory any more: choose another one."),
    "not_covered": _(
        "Your benefit does not cover you today, so we ask no clinic. Your employer’s benefits team can say from when "
        "you are covered; they are not told that you asked."
    ),
    "route_not_covered": _("Your plan covers none of these ways of giving ketamine: choose others."),
    "request_pending": _("You have such a request already: follow it, take it back, or change clinics there."),
    "consent_missing": _("You took back the consent to keep your answers. Answer the questions again to go on."),
    "changed_meanwhile": _("The request was changed meanwhile, perhaps in another tab. Look at it, and send it again."),
    "not_in_that_state": _("That is no longer possible: the request has moved on. Please look at it again."),
}
_FIELD_OF = dict.fromkeys(PLACE_REFUSALS, "near") | {"route_not_covered": "routes"}
_HALF = 200  # of the drawing's width, in its own units
_EDGE = 24  # left free around the outermost ring
_ROUND_MILES = (1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1_000, 3_000)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A map without a map: the place in the middle, rings of so many miles, a numbered dot for each clinic.

    `rings` are (radius, where its words stand, miles), `dots` (number, x, y), all in a square of 400.
    """

    rings: Sequence[tuple[float, float, int]]
    dots: Sequence[tuple[int, float, float]]


def refuse(form: Any, code: str, fallback: str) -> None:
    """Say at the right field of a form why the service refused."""
    form.add_error(_FIELD_OF.get(code), REFUSALS.get(code, fallback))


def shown_clinic(clinic: Clinic) -> dict[str, Any]:
    """Return what is shown of a clinic; of one of a search the distance, the prices and the soonest day as well."""
    near = getattr(clinic, "distance_km", None)
    return {
        "id": clinic.pk,
        "clinic": clinic,
        "miles": None if near is None else round(near / KM_A_MILE, 1 if near < 16 else None),
        "own": _money(clinic, "own_price_cents"),
        "listed": _money(clinic, "list_price_cents"),
        "soonest": getattr(clinic, "soonest_opening_on", None),
        "languages": [language_name(code) for code in clinic.languages],
        "routes": [ROUTE_WORDS.get(code, code) for code in clinic.routes],
        "protocols": [PROTOCOL_WORDS.get(code, code) for code in clinic.protocols],
        "formats": [FORMAT_WORDS.get(code, code) for code in clinic.formats],
        "genders": [GENDER_WORDS.get(code, code) for code in clinic.therapist_genders],
    }


def own_part(cents: int, route: str, terms: Terms) -> int:
    """Return what of a list price is left to the member, as the directory's search counts it: rounded down."""
    if route not in terms.routes:
        return cents
    return max(cents - terms.fixed_cents, 0) if terms.fixed_cents is not None else cents * (100 - terms.percent) // 100


def drawing_of(centre: tuple[float, float], points: Sequence[tuple[float, float]]) -> Drawing:
    """Return points (degrees) as they lie around a centre: flat, which is right enough for a few hundred miles."""
    farthest = max((distance_km(centre, point) for point in points), default=0) / KM_A_MILE
    reach = next((miles for miles in _ROUND_MILES if miles >= farthest), _ROUND_MILES[-1])
    scale = (_HALF - _EDGE) / reach  # units a mile
    rings = {miles for miles in (reach, reach // 2) if miles}
    return Drawing(
        rings=[_ring(miles, scale) for miles in sorted(rings, reverse=True)],
        dots=[(number, *_place(centre, point, scale)) for number, point in enumerate(points, start=1)],
    )


def _ring(miles: int, scale: float) -> tuple[float, float, int]:
    radius = round(miles * scale, 1)
    return radius, _HALF + radius + _EDGE * 0.7, miles


def _place(centre: tuple[float, float], point: tuple[float, float], scale: float) -> tuple[float, float]:
    north = (point[0] - centre[0]) * KM_PER_DEGREE / KM_A_MILE
    east = (point[1] - centre[1]) * KM_PER_DEGREE / KM_A_MILE * cos(radians(centre[0]))
    return round(_HALF + east * scale, 1), round(_HALF - north * scale, 1)


def _money(clinic: Clinic, name: str) -> str:
    cents = getattr(clinic, name, None)
    return "" if cents is None else dollars(cents)

"""The clinics that a request may be offered to: through every hard filter, nearest first, in one statement.

However many clinics there are, they come from a small circle that grows until it holds enough. `CONDITIONS` are
`rules.candidates.refusals`, asked of the database: a test compares the two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from referrals.clinics.queries import Place
from referrals.clinics.rules.geography import EARTH_DIAMETER_KM, box
from referrals.clinics.rules.hours import Hours
from referrals.requests.rules import Times
from referrals.routing.rules.candidates import ALWAYS, Candidate, Wish
from referrals.routing.rules.opening import times_of

GROWTH = 4  # of a circle's radius: sixteen times the area, so that three statements reach from a district to a region
CLINICS = "referrals_clinic AS clinic LEFT JOIN referrals_clinicrecord AS record ON record.clinic_id = clinic.id"
_TODAY = "(%(now)s AT TIME ZONE clinic.timezone)::date"
_DOSING = (
    "FROM referrals_clinicprice AS price WHERE price.clinic_id = clinic.id AND price.kind = 'dosing' "
    f"AND price.effective_on <= {_TODAY} AND (price.ends_on IS NULL OR price.ends_on > {_TODAY})"
)
_OPEN_AT = {
    Times.WEEKDAY_MORNING: "weekday <= 5 AND opens < '12:00'",
    Times.WEEKDAY_AFTERNOON: "weekday <= 5 AND opens < '17:00' AND closes > '12:00'",
    Times.WEEKDAY_EVENING: "weekday <= 5 AND closes > '17:00'",
    Times.SATURDAY: "weekday = 6",
    Times.SUNDAY: "weekday = 7",
}
CONDITIONS: Mapping[str, str] = {
    "asked_before": "clinic.id <> ALL(%(asked)s::uuid[])",
    "not_active": "clinic.status = 'active'",
    "credentials": f"coalesce(clinic.credentials_valid_until >= {_TODAY}, false)",
    "no_capacity": "clinic.open_slots > coalesce(record.open_offers, 0)",
    "state_not_served": "%(state)s = ANY(clinic.states_served)",
    "route": "clinic.routes && %(routes)s::varchar[]",
    "protocol": "%(protocol)s = ANY(clinic.protocols)",
    "format": "%(format)s = ANY(clinic.formats)",
    "language": "%(language)s = ANY(clinic.languages)",
    "therapist_gender": "%(therapist_gender)s = ANY(clinic.therapist_genders)",
    "price": f"EXISTS (SELECT {_DOSING} AND price.cents <= %(most_cents)s AND price.route = ANY(%(routes)s) {{form}})",
    "times": "EXISTS (SELECT FROM referrals_clinichours WHERE clinic_id = clinic.id AND ({times}))",
}
DISTANCE = f"""{EARTH_DIAMETER_KM} * asin(least(1, sqrt(
    power(sin((radians(clinic.latitude) - radians(%(latitude)s)) / 2), 2) + cos(radians(%(latitude)s))
    * cos(radians(clinic.latitude)) * power(sin((radians(clinic.longitude) - radians(%(longitude)s)) / 2), 2))))"""
IN_BOX = "clinic.latitude BETWEEN %(south)s AND %(north)s AND clinic.longitude BETWEEN %(west)s AND %(east)s"

# Prices and hours are asked of those only that the limit leaves. Of equally near ones, who had no offer for longest
# come first: the limit must not cut off the same clinics each time.
_NEAREST = """
WITH nearest AS MATERIALIZED (
    SELECT * FROM (
        SELECT clinic.*, record.open_offers, record.offers, record.acceptances, record.declines, record.silences,
            record.last_offered_at, {distance} AS distance_km
        FROM {clinics} WHERE {where}) AS boxed
    WHERE {within} ORDER BY distance_km, last_offered_at NULLS FIRST, id LIMIT %(limit)s)
SELECT id, distance_km, status = 'active', {today}, credentials_valid_until, open_slots - coalesce(open_offers, 0),
    states_served, routes, protocols, formats, languages, sessions_facilitated, therapist_genders,
    (SELECT jsonb_object_agg(price.route || '/' || price.format, price.cents) {dosing}),
    greatest(accepts_from - {today}, 0),
    coalesce(acceptances + declines + silences, 0), coalesce(acceptances, 0), last_offered_at, timezone,
    (SELECT jsonb_agg(jsonb_build_array(weekday, opens, closes)) FROM referrals_clinichours WHERE clinic_id = clinic.id)
FROM nearest AS clinic ORDER BY distance_km, last_offered_at NULLS FIRST, id
"""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A candidate, and when it is open on its own clocks."""

    candidate: Candidate
    timezone: str
    openings: tuple[Hours, ...]


def find_candidates(wish: Wish, place: Place, *, limit: int, first_km: float) -> list[Found]:
    """Return the nearest clinics that pass every hard filter, at most `limit`, and those of the member's own picks."""
    picked = _pick(wish, place, limit) if wish.picks else []
    names = {one.candidate.clinic_id for one in picked}
    near: list[Found] = []
    for radius in _radii(first_km, wish.max_distance_km):
        near = _near(wish, place, radius, limit)
        if len(near) >= limit:
            break
    return picked + [one for one in near if one.candidate.clinic_id not in names]


def find_picks(wish: Wish, place: Place) -> list[Found]:
    """Return those of the member's own picks that may be asked, wherever they are."""
    return _pick(wish, place, len(wish.picks)) if wish.picks else []


def find_one(clinic_id: UUID, wish: Wish, place: Place) -> Found | None:
    """Return a clinic as a candidate, whether it passes the filters or not; None when there is none."""
    found = _select("clinic.id = %(one)s", "true", parameters(wish, place) | {"one": clinic_id, "limit": 1})
    return found[0] if found else None


def conditions(wish: Wish) -> dict[str, str]:
    """Return the filters that a wish comes to, as SQL by name; distance is not among them."""
    asked = {*ALWAYS, *(name for name in ("protocol", "format", "language") if wish.needs(name))}
    asked |= {name for name in ("therapist_gender", "times") if wish.needs(name)}
    if wish.most_list_cents() is not None:
        asked.add("price")
    form = "AND price.format = %(format)s" if wish.needs("format") else ""
    times = " OR ".join(f"({_OPEN_AT[Times(name)]})" for name in wish.times)
    return {name: sql.format(form=form, times=times) for name, sql in CONDITIONS.items() if name in asked}


def parameters(wish: Wish, place: Place) -> dict[str, Any]:
    """Return what the conditions are asked with."""
    return {
        "now": wish.now,
        "asked": list(wish.asked),
        "picks": list(wish.picks),
        "state": wish.state,
        "routes": list(wish.routes),
        "protocol": wish.protocol,
        "format": wish.format,
        "language": wish.language,
        "therapist_gender": wish.therapist_gender,
        "most_cents": wish.most_list_cents(),
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _radii(first_km: float, most_km: float) -> Iterator[float]:
    radius = first_km
    while radius < most_km:
        yield radius
        radius *= GROWTH
    yield most_km


def _near(wish: Wish, place: Place, radius: float, limit: int) -> list[Found]:
    (south, north), (west, east) = box(place.latitude, place.longitude, radius)
    edges = {"south": south, "north": north, "west": west, "east": east, "within_km": radius, "limit": limit}
    where = " AND ".join([IN_BOX, *conditions(wish).values()])
    return _select(where, "distance_km <= %(within_km)s", parameters(wish, place) | edges)


def _pick(wish: Wish, place: Place, limit: int) -> list[Found]:
    asked = conditions(wish)
    where = " AND ".join(["clinic.id = ANY(%(picks)s::uuid[])", *(asked[name] for name in ALWAYS)])
    return _select(where, "true", parameters(wish, place) | {"limit": limit})


def _select(where: str, within: str, values: dict[str, Any]) -> list[Found]:
    sql = _NEAREST.format(distance=DISTANCE, clinics=CLINICS, where=where, within=within, today=_TODAY, dosing=_DOSING)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_found(*row) for row in cursor.fetchall()]


def _found(clinic_id: UUID, distance_km: float, is_active: bool, *rest: Any) -> Found:
    today, valid_until, free, states, routes, protocols, formats, languages, sessions, genders, *last = rest
    prices, waiting, answers, acceptances, last_offered_at, timezone, hours = last
    openings = tuple(_opening(*one) for one in _json(hours) or ())
    candidate = Candidate(
        clinic_id=str(clinic_id),
        distance_km=distance_km,
        is_active=is_active,
        today=today,
        valid_until=valid_until,
        free_slots=free,
        states_served=tuple(states),
        routes=tuple(routes),
        protocols=tuple(protocols),
        formats=tuple(formats),
        languages=tuple(languages),
        sessions_facilitated=sessions,
        therapist_genders=tuple(genders),
        times=times_of(openings),
        prices=_json(prices),
        waiting_days=waiting,
        answers=answers,
        acceptances=acceptances,
        last_offered_at=last_offered_at,
    )
    return Found(candidate=candidate, timezone=timezone, openings=openings)


def _json(text: str | None) -> Any:
    """JSON comes from the database as text, for Django reads its own fields itself."""
    return None if text is None else msgspec.json.decode(text)


def _opening(weekday: int, opens: str, closes: str) -> Hours:
    return Hours(weekday=weekday, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))

"""The clinics that a request may be offered to: through every hard filter, nearest first, in one statement.

However many clinics there are, so many of the nearest are looked at by an index, and farther ones only while too few of
them fit. `CONDITIONS` are `rules.candidates.refusals`, asked of the database: a test compares the two.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from referrals.clinics.models.clinics import ON_SPHERE
from referrals.clinics.queries import Place
from referrals.clinics.rules.geography import EARTH_DIAMETER_KM, on_sphere
from referrals.clinics.rules.hours import Hours
from referrals.requests.rules import Times
from referrals.routing.rules.candidates import ALWAYS, Candidate, Wish

LOOKED_AT = 4  # times as many of the nearest as are wanted: two thirds of a network may fail the filters
FARTHER = 16  # times as many again, while too few of them fitted
_TODAY = "(%(now)s AT TIME ZONE timezone)::date AS today"  # on a clinic's clocks: asked once of each
CLINICS = (
    f"(SELECT *, {_TODAY} FROM referrals_clinic) AS clinic "  # noqa: S608 - our own
    "LEFT JOIN referrals_clinicrecord AS record ON record.clinic_id = clinic.id"
)
_DOSING = (
    "FROM referrals_clinicprice AS price WHERE price.clinic_id = clinic.id AND price.kind = 'dosing' "
    "AND price.effective_on <= clinic.today AND (price.ends_on IS NULL OR price.ends_on > clinic.today)"
)
_OPEN_AT = {
    Times.WEEKDAY_MORNING: "weekday <= 5 AND opens < '12:00'",
    Times.WEEKDAY_AFTERNOON: "weekday <= 5 AND opens < '17:00' AND closes > '12:00'",
    Times.WEEKDAY_EVENING: "weekday <= 5 AND closes > '17:00'",
    Times.SATURDAY: "weekday = 6",
    Times.SUNDAY: "weekday = 7",
}
_NAMED = ", ".join(f"CASE WHEN bool_or({condition}) THEN '{name}' END" for name, condition in _OPEN_AT.items())
_TIMES = f"(SELECT array_remove(ARRAY[{_NAMED}], NULL) FROM referrals_clinichours WHERE clinic_id = clinic.id)"  # noqa: S608 - our own
CONDITIONS: Mapping[str, str] = {
    "asked_before": "clinic.id <> ALL(%(asked)s::uuid[])",
    "not_active": "clinic.status = 'active'",
    "credentials": "coalesce(clinic.credentials_valid_until >= clinic.today, false)",
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

_NEAREST = "clinic.status = 'active'"
_PICKED = "clinic.id = ANY(%(picks)s::uuid[])"
_BY_DISTANCE = f"""ORDER BY {ON_SPHERE.format("clinic.")} <-> cube(ARRAY[%(x)s, %(y)s, %(z)s]::float8[])
        FETCH FIRST %(most)s ROWS WITH TIES"""

# `looked_at` is served by the index clinic_nearest: no filter but its own comes before the limit, and of equally near
# ones it takes all. Prices and hours are asked of those only that `fits` leaves. There, of equally near ones, the first
# are who had no offer for longest: the limit must not cut off the same ones each time. A row is a Candidate in JSON.
_FIND = """
WITH looked_at AS MATERIALIZED (
    SELECT clinic.id, status, timezone, credentials_valid_until, open_slots, accepts_from, states_served, routes,
        protocols, formats, languages, therapist_genders, sessions_facilitated, {today}, {distance} AS distance_km
    FROM referrals_clinic AS clinic WHERE {source} {order}),
fits AS MATERIALIZED (
    SELECT clinic.*, open_offers, acceptances, declines, silences, last_offered_at
    FROM looked_at AS clinic LEFT JOIN referrals_clinicrecord AS record ON record.clinic_id = clinic.id
    WHERE {conditions} ORDER BY distance_km, last_offered_at NULLS FIRST, id LIMIT %(limit)s)
SELECT (SELECT count(*) FROM looked_at), (SELECT max(distance_km) FROM looked_at), (
    SELECT json_agg(found)::text FROM (
        SELECT id AS clinic_id, distance_km, status = 'active' AS is_active, today, timezone,
            credentials_valid_until AS valid_until, open_slots - coalesce(open_offers, 0) AS free_slots, states_served,
            routes, protocols, formats, languages, sessions_facilitated, therapist_genders, {times} AS times,
            (SELECT json_object_agg(price.route || '/' || price.format, price.cents) {dosing}) AS prices,
            greatest(accepts_from - today, 0) AS waiting_days,
            coalesce(acceptances + declines + silences, 0) AS answers, coalesce(acceptances, 0) AS acceptances,
            last_offered_at
        FROM fits AS clinic ORDER BY distance_km, last_offered_at NULLS FIRST, id) AS found)
"""
_OPENINGS = "SELECT clinic_id, weekday, opens, closes FROM referrals_clinichours WHERE clinic_id = ANY(%s::uuid[])"
_CANDIDATES = msgspec.json.Decoder(list[Candidate])


def find_candidates(wish: Wish, place: Place, *, limit: int) -> list[Candidate]:
    """Return the nearest clinics that pass every hard filter, at most `limit`, and those of the member's own picks."""
    picked = find_picks(wish, place)
    names = {one.clinic_id for one in picked}
    return picked + [one for one in _near(wish, place, limit) if one.clinic_id not in names]


def find_picks(wish: Wish, place: Place) -> list[Candidate]:
    """Return those of the member's own picks that may be asked, wherever they are."""
    if not wish.picks:
        return []
    asked = conditions(wish)
    return _find(wish, place, _PICKED, [asked[name] for name in ALWAYS], limit=len(wish.picks))[2]


def find_one(clinic_id: UUID, wish: Wish, place: Place) -> Candidate | None:
    """Return a clinic as a candidate, whether it passes the filters or not; None when there is none."""
    found = find_these([clinic_id], wish, place)
    return found[0] if found else None


def find_these(clinic_ids: Collection[UUID], wish: Wish, place: Place) -> list[Candidate]:
    """Return clinics as candidates, whether they pass the filters or not, nearest first."""
    these = list(clinic_ids)
    return _find(wish, place, "clinic.id = ANY(%(these)s)", ["true"], these=these, limit=len(these))[2]


def list_openings(clinic_ids: Collection[str]) -> dict[str, list[Hours]]:
    """Return when each of some clinics is open, on its own clocks."""
    openings: dict[str, list[Hours]] = {clinic_id: [] for clinic_id in clinic_ids}
    with connection.cursor() as cursor:
        cursor.execute(_OPENINGS, [list(clinic_ids)])
        for clinic_id, weekday, opens, closes in cursor.fetchall():
            openings[str(clinic_id)].append(Hours(weekday=weekday, opens=opens, closes=closes))
    return openings


def conditions(wish: Wish) -> dict[str, str]:
    """Return the filters that a wish comes to, as SQL by name; distance is not among them."""
    form = "AND price.format = %(format)s" if wish.needs("format") else ""
    times = " OR ".join(f"({_OPEN_AT[Times(name)]})" for name in wish.times)
    return {name: CONDITIONS[name].format(form=form, times=times) for name in wish.filters if name in CONDITIONS}


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


def _near(wish: Wish, place: Place, limit: int) -> list[Candidate]:
    """Look at more and more, until so many fit, or those looked at reach beyond the distance, or there are no more."""
    x, y, z = on_sphere(place.latitude, place.longitude)
    filters = ["distance_km <= %(within_km)s", *conditions(wish).values()]
    most = limit * LOOKED_AT
    while True:
        about = {"x": x, "y": y, "z": z, "within_km": wish.max_distance_km, "most": most, "limit": limit}
        count, farthest_km, found = _find(wish, place, _NEAREST, filters, order=_BY_DISTANCE, **about)
        if len(found) >= limit or count < most or farthest_km > wish.max_distance_km:
            return found
        most *= FARTHER


def _find(
    wish: Wish, place: Place, source: str, filters: Collection[str], *, order: str = "", **values: Any
) -> tuple[int, float, list[Candidate]]:
    """Return how many were looked at, how far the farthest of them is, and who fits."""
    sql = _FIND.format(
        distance=DISTANCE,
        source=source,
        order=order,
        conditions=" AND ".join(filters),
        today=_TODAY,
        times=_TIMES if wish.times else "'{}'::text[]",
        dosing=_DOSING,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters(wish, place) | values)
        count, farthest_km, found = cursor.fetchone()
    return count, farthest_km, _CANDIDATES.decode(found) if found else []

"""What stands in the way where a request finds nobody, and where that happens: counts only."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from referrals.clinics.queries import Place
from referrals.clinics.rules.geography import box
from referrals.routing.models import NetworkGap
from referrals.routing.queries.candidates import CLINICS, DISTANCE, IN_BOX, conditions, parameters
from referrals.routing.rules.candidates import Wish

NOBODY = "nobody_near"  # no clinic within the widest circle fails one filter alone

_FAILING = """
SELECT id, array_remove(ARRAY[{cases}], NULL) AS failing FROM (
    SELECT clinic.id, {flags}, {distance} AS distance_km FROM {clinics} WHERE {in_box}) AS flagged
WHERE distance_km <= %(widest_km)s
"""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Of the requests near ZIP codes that begin with `zip3`, how many found nobody, and how many of them each filter
    alone kept from a clinic.
    """

    state: str
    zip3: str
    requests: int
    filters: Mapping[str, int]


def list_failing(wish: Wish, place: Place, *, widest_km: float) -> dict[UUID, tuple[str, ...]]:
    """Return every clinic within `widest_km` and the hard filters that it fails, in the order of their names."""
    (south, north), (west, east) = box(place.latitude, place.longitude, widest_km)
    asked = conditions(wish)
    cases = {name: f"CASE WHEN NOT \"{name}\" THEN '{name}' END" for name in asked}
    cases["too_far"] = "CASE WHEN distance_km > %(max_km)s THEN 'too_far' END"
    sql = _FAILING.format(
        cases=", ".join(cases[name] for name in sorted(cases)),
        flags=", ".join(f'({condition}) AS "{name}"' for name, condition in asked.items()),
        distance=DISTANCE,
        clinics=CLINICS,
        in_box=IN_BOX,
    )
    circle = {"widest_km": widest_km, "max_km": wish.max_distance_km}
    edges = {"south": south, "north": north, "west": west, "east": east}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters(wish, place) | circle | edges)
        return {clinic_id: tuple(failing) for clinic_id, failing in cursor.fetchall()}


def count_help(wish: Wish, place: Place, *, widest_km: float) -> dict[str, int]:
    """Return how many clinics fail each filter alone: what would be won by giving it up."""
    failing = list_failing(wish, place, widest_km=widest_km).values()
    return dict(Counter(names[0] for names in failing if len(names) == 1))


def list_gaps(*, since: datetime, until: datetime) -> list[Gap]:
    """Return where requests found nobody in a period, most requests first; each request counts once per filter."""
    unplaced: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    filters: dict[tuple[str, str], dict[str, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    found = NetworkGap.objects.filter(found_at__gte=since, found_at__lt=until)
    for state, zip3, request_id, helps in found.values_list("state", "zip3", "request_id", "help").iterator():
        unplaced[state, zip3].add(request_id)
        for name in helps or [NOBODY]:
            filters[state, zip3][name].add(request_id)
    gaps = [
        Gap(state=state, zip3=zip3, requests=len(who), filters=_counted(filters[state, zip3]))
        for (state, zip3), who in unplaced.items()
    ]
    return sorted(gaps, key=lambda gap: (-gap.requests, gap.state, gap.zip3))


def _counted(filters: Mapping[str, set[UUID]]) -> dict[str, int]:
    return {name: len(who) for name, who in sorted(filters.items(), key=lambda item: (-len(item[1]), item[0]))}

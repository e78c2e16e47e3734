"""directory.search_p99: a member's search with facet counts among 100,000 clinics."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from time import perf_counter
from typing import Any

import psycopg
import zipcodes
from django.db import connection

from referrals.clinics.api.outputs import CountsOutput, NearOutput
from referrals.clinics.models import Clinic
from referrals.clinics.queries import Search, count_facets, find
from referrals.clinics.rules.geography import box
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from tests.factories.referrals import make_clinic, npi
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id

CLINICS = 100_000
SEARCHES = 150
PAGE = 51  # and one more: whether there is a next page
DATABASE = "bench_directory"
OWN = ("id", "npi", "name", "latitude", "longitude", "routes", "languages", "formats", "trauma_informed", "open_slots")

# As many clinics around a ZIP code's centre as anywhere else: dense where people are.
_INSERT = """
INSERT INTO referrals_clinic
    (id, npi, name, latitude, longitude, routes, languages, formats, trauma_informed, open_slots, {alike})
SELECT gen_random_uuid(), place.npi, 'Clinic ' || md5(place.npi), place.latitude, place.longitude,
    (ARRAY['{{im}}', '{{im,sublingual}}', '{{iv}}', '{{iv,im}}', '{{nasal,sublingual}}'])[1 + place.n %% 5]::varchar[],
    (ARRAY['{{en}}', '{{en,es}}', '{{en,zh}}', '{{en,es,vi}}'])[1 + place.n %% 4]::varchar[],
    (ARRAY['{{individual}}', '{{individual,group}}', '{{individual}}'])[1 + place.n %% 3]::varchar[],
    place.n %% 2 = 0, place.n %% 4, {alike}
FROM place, referrals_clinic WHERE id = %(like)s
"""

DISTANCE = """12742 * asin(least(1, sqrt(power(sin((radians(latitude) - radians(%(latitude)s)) / 2), 2)
    + cos(radians(%(latitude)s)) * cos(radians(latitude))
    * power(sin((radians(longitude) - radians(%(longitude)s)) / 2), 2))))"""
_FOUND = f"""
FROM referrals_clinic
WHERE status = 'active' AND latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west)s AND %(east)s
    AND {DISTANCE} <= %(within_km)s AND credentials_valid_until >= %(today)s
    AND routes @> ARRAY[%(route)s]::varchar[] AND languages @> ARRAY[%(language)s]::varchar[]
"""
_PAGE = f"SELECT *, {DISTANCE} AS distance_km {_FOUND} ORDER BY distance_km, id LIMIT {PAGE}"
_COUNTED = (
    "routes, protocols, formats, languages, conditions, therapist_genders, states_served, trauma_informed, "
    "offers_sliding_scale, telehealth_preparation, telehealth_integration, has_medical_overseer"
)
_COUNTS = f"""
SELECT grouping({_COUNTED}, has_open_slots), count(*), {_COUNTED}, has_open_slots
FROM (SELECT {_COUNTED}, open_slots > 0 AS has_open_slots {_FOUND}) AS found
GROUP BY GROUPING SETS ({_COUNTED}, has_open_slots, ())
"""  # noqa: S608 - our own


@dataclass(frozen=True)
class Asked:
    """A search as both sides are given it."""

    latitude: float
    longitude: float
    within_km: float
    route: str
    language: str
    now: datetime

    def parameters(self) -> dict[str, Any]:
        """For the bare statements."""
        (south, north), (west, east) = box(self.latitude, self.longitude, self.within_km)
        around = {"south": south, "north": north, "west": west, "east": east}
        return vars(self) | around | {"today": self.now.date()}


@compare(
    Measure(name="directory.search_p99", unit="ms", better="lower", required=3),
    pairs=5,
)
@contextmanager
def searching(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The p99 of searches around ZIP codes, by route and language within 25 to 100 km: a first page and all counts.

    Ours is what the interface does: find, count, render. The reference is two bare statements by hand, rows fetched and
    nothing made of them: the page without opening days, and the lists of codes with how many clinics have each.
    """
    with bench.database(DATABASE) as directory:
        fill(directory, CLINICS)
        asked = ask(Random(5))  # noqa: S311 - chance is seeded
        yield (lambda: _all(asked, _search), lambda: _all(asked, _bare_search))
    use_database(bench)


def fill(bench: Bench, number: int) -> None:
    """Put so many clinics around ZIP codes' centres, with the facts of one that was signed but for some facets."""
    use_database(bench)
    like = make_clinic(has_endpoint=False)
    alike = ", ".join(str(field.column) for field in Clinic._meta.local_fields if field.column not in OWN)
    url = bench.environment["DATABASE_URL"]
    with psycopg.connect(url, options=f"-c role={Role.OPERATOR}") as operator:
        operator.execute("CREATE TEMPORARY TABLE place (n int, npi text, latitude float, longitude float)")
        with operator.cursor().copy("COPY place FROM STDIN") as copy:
            for row in places(number):
                copy.write_row(row)
        operator.execute(_INSERT.format(alike=alike).encode(), {"like": like.pk})
    with bench.owner() as owner:
        owner.execute("VACUUM (ANALYZE) referrals_clinic")


def places(number: int) -> Iterator[tuple[int, str, float, float]]:
    """Numbers with an NPI, and a point near some ZIP code's centre."""
    chance = Random(3)  # noqa: S311 - chance is seeded
    centres = _centres()
    for n in range(1, number):
        latitude, longitude = chance.choice(centres)
        yield n, npi(n), latitude + chance.uniform(-0.05, 0.05), longitude + chance.uniform(-0.05, 0.05)


def ask(chance: Random) -> list[Asked]:
    """Searches, around ZIP codes too."""
    centres = _centres()
    return [
        Asked(
            *chance.choice(centres),
            chance.choice([25.0, 50.0, 100.0]),
            chance.choice(["im", "iv"]),
            chance.choice(["en", "es"]),
            clock.now(),
        )
        for _ in range(SEARCHES)
    ]


def _centres() -> list[tuple[float, float]]:
    """Of the ZIP codes of the states that lie together."""
    known = zipcodes.list_all()
    found = [(float(one["lat"] or 0), float(one["long"] or 0)) for one in known]
    return [(latitude, longitude) for latitude, longitude in found if 25 < latitude < 49 and -125 < longitude < -67]


def _all(asked: list[Asked], call: Callable[[Asked], object]) -> Figures:
    employee = Actor(role=Role.EMPLOYEE, user=new_id(), member=new_id(), employer=new_id())
    with acting_as(employee):
        return (percentile(_times(asked, call), 99),)


def _times(asked: list[Asked], call: Callable[[Asked], object]) -> list[float]:
    durations = []
    for one in asked:
        start = perf_counter()
        call(one)
        durations.append((perf_counter() - start) * 1000)
    return durations


def _search(asked: Asked) -> object:
    search = Search(
        latitude=asked.latitude,
        longitude=asked.longitude,
        within_km=asked.within_km,
        now=asked.now,
        route=asked.route,
        language=asked.language,
    )
    page = find(search).prefetch_related("organization")[:PAGE]
    return NearOutput(page, many=True).data, CountsOutput(count_facets(search)).data


def _bare_search(asked: Asked) -> object:
    parameters = asked.parameters()
    return _run(_PAGE, parameters), _run(_COUNTS, parameters)


def _run(sql: str, parameters: dict[str, Any]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()

"""routing.*: one request among 100,000 clinics, and 1,000 at once against 200 clinics that answer by webhook."""

import http.client
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
import zipcodes
from django.conf import settings
from django.db import connection, transaction

from benefits import facade as benefits
from config.local.ports import LOOPBACK, free_ports
from config.local.stack import PROJECT_PROCESSES
from referrals.clinics import services as clinics
from referrals.clinics.models.clinics import ON_SPHERE
from referrals.clinics.rules.geography import on_sphere
from referrals.requests.models import Request
from referrals.routing.services import Wanting, decide
from tests.benchmarks.backlog import wake, without_bells
from tests.benchmarks.bench import Bench, use_database, wait_until
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.benchmarks.measures.directory import DISTANCE, fill
from tests.factories.referrals import OPERATOR, make_clinic, make_member, make_request
from workers.kernel import clock
from workers.kernel.actor import WORKER, Role, acting_as

CLINICS, FEW = 100_000, 1_000
ASKED = 40  # requests routed in a run
WITHIN_KM, RADIUS_KM = 80.0, 6_371.0
POOL = 50
REQUESTS, AT_ONCE, PLACES = 1_000, 200, 8
WARM_UPS = 20
FAR_AWAY: dict[str, Any] = {"state": "CA", "postal_code": "90012", "latitude": 34.06, "longitude": -118.24}
PATIENCE = 180.0
SERVES = "Listening at"

_SURROUNDINGS = (
    """
INSERT INTO referrals_clinicprice (id, clinic_id, kind, route, format, cents, effective_on)
SELECT gen_random_uuid(), clinic.id, 'dosing', 'im', 'individual', 30000 + 100 * (random() * 200)::int, '2026-01-01'
FROM referrals_clinic AS clinic WHERE NOT EXISTS (SELECT FROM referrals_clinicprice WHERE clinic_id = clinic.id)
""",
    """
INSERT INTO referrals_clinichours (clinic_id, weekday, opens, closes)
SELECT clinic.id, 1, '09:00', '17:00' FROM referrals_clinic AS clinic
WHERE NOT EXISTS (SELECT FROM referrals_clinichours WHERE clinic_id = clinic.id)
""",
)
_PLACE, _HERE = ON_SPHERE.format(""), "cube(%(here)s::float8[])"
_NEAREST = f"""
SELECT id, {DISTANCE} AS distance_km
FROM referrals_clinic LEFT JOIN referrals_clinicrecord AS record ON record.clinic_id = id
WHERE status = 'active' AND {_PLACE} <@ cube_enlarge({_HERE}, %(chord)s, 3)
    AND credentials_valid_until >= (%(now)s AT TIME ZONE timezone)::date
    AND open_slots > coalesce(open_offers, 0)
    AND 'NY' = ANY(states_served) AND routes && ARRAY['im', 'sublingual']::varchar[] AND 'en' = ANY(languages)
ORDER BY {_PLACE} <-> {_HERE} LIMIT {POOL}
"""  # noqa: S608 - our own


@dataclass(frozen=True)
class Near:
    """A request, its member and cover, and where it is near, as both sides are given it."""

    request: Request
    member: benefits.Member
    coverage: benefits.Coverage
    latitude: float
    longitude: float


@compare(Measure(name="routing.one_among_100k", unit="ms", better="lower", required=3), pairs=5)
@contextmanager
def against_bare_sql(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median time of a decision among 100,000 clinics against the bare nearest-neighbour query.

    Ours is all of a decision: the clinics, their prices and records, the score, the decision stored encrypted with its
    inputs, and the opening hours of who is asked. The reference is one statement with the same filters within the same
    circle, by the same index of the nearest, as many rows fetched and nothing made of them. Neither clock waits for the
    commit, which is not made: the next run decides the same requests.
    """
    with bench.database("bench_routing") as many:
        fill(many, CLINICS)
        asked = ask(many)
        yield lambda: _median(asked, _decide), lambda: _median(asked, _bare)
    use_database(bench)


@compare(Measure(name="routing.among_100k_vs_1k", unit="ms", better="lower", required=2), pairs=5)
@contextmanager
def against_few_clinics(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median time of a decision among 100,000 clinics against that among 1,000."""
    with bench.database("bench_routing") as many, bench.database("bench_routing_few") as few:
        fill(few, FEW)
        among_few = ask(few)
        fill(many, CLINICS)
        among_many = ask(many)
        yield lambda: _in(many, among_many), lambda: _in(few, among_few)
    use_database(bench)


@compare(
    Measure(name="routing.referrals_per_s", unit="referrals/s", better="higher", required=1),
    Measure(name="routing.unfairness", unit="share", better="lower", required=1),
    pairs=1,
    warm_ups=0,
)
@contextmanager
def at_once(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """1,000 requests at once against 200 equal clinics: routed, offered and accepted by signed webhooks both ways.

    The web process, the workers and the clinics' servers of `make demo` run on the same cores. The references are the
    promises: 50 referrals a second, and no clinic farther than 20 % from the mean. That no clinic has more people than
    places is checked. Courses are planned and clinics told of them meanwhile; that clinics then agree on every session,
    eleven messages each, is no part of an answer: these do it another day.
    """
    with bench.database("bench_referrals") as apart:
        yield lambda: _referrals(apart), lambda: (50.0, 0.2)
    use_database(bench)


def ask(bench: Bench) -> list[Near]:
    """Requests near ZIP codes all over, of people who live in New York; prices and hours for every clinic there."""
    url = bench.environment["DATABASE_URL"]
    with psycopg.connect(url, options=f"-c role={Role.OPERATOR}") as operator:  # the owner sees no clinic
        for statement in _SURROUNDINGS:
            operator.execute(statement)
    with bench.owner() as owner:
        owner.execute("VACUUM (ANALYZE) referrals_clinicprice, referrals_clinichours, referrals_clinic")
    chance = Random(11)  # noqa: S311 - chance is seeded
    known = zipcodes.list_all()
    found = [one for one in known if one["lat"] and 25 < float(one["lat"]) < 49 and -125 < float(one["long"]) < -67]
    with without_bells():
        return [_near(place) for place in chance.sample(found, ASKED)]


def _near(place: dict[str, Any]) -> Near:
    request = make_request(
        make_member(), near=place["zip_code"], max_distance_km=WITHIN_KM, routes=("im", "sublingual"), language="en"
    )
    with acting_as(WORKER):
        member = benefits.get_member(request.member_id)
        coverage = benefits.coverage_of(request.member_id, on=clock.now().date())
    assert coverage is not None
    return Near(request, member, coverage, float(place["lat"]), float(place["long"]))


def _in(bench: Bench, asked: list[Near]) -> Figures:
    use_database(bench)
    return _median(asked, _decide)


def _median(asked: list[Near], call: Any) -> Figures:
    durations = []
    with acting_as(WORKER):
        for one in asked:
            start = perf_counter()
            with transaction.atomic():
                call(one)
                durations.append((perf_counter() - start) * 1000)
                transaction.set_rollback(True)
    return (median(durations),)


def _decide(one: Near) -> None:
    wanting = Wanting(request=one.request, member=one.member, coverage=one.coverage, asked=(), places=1, waiting=0)
    decide([wanting], now=clock.now())


def _bare(one: Near) -> None:
    parameters: dict[str, Any] = {
        "latitude": one.latitude,
        "longitude": one.longitude,
        "here": [*on_sphere(one.latitude, one.longitude)],
        "chord": WITHIN_KM / RADIUS_KM,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, parameters)
        cursor.fetchall()


def _referrals(bench: Bench) -> Figures:
    """Referrals per second from the bell to the last acceptance, and the farthest clinic's share of the mean.

    Before the clock starts a clinic far from the others takes some, so that every process has connected, and looked
    up its first ZIP code, for which the package unpacks all of them.
    """
    use_database(bench)
    web, port = free_ports(2)
    settings.BASE_URL = f"http://{LOOPBACK}:{web}"
    env = bench.environment | {"BASE_URL": settings.BASE_URL, "WEBHOOKS_ALLOW_LOOPBACK": "1"}
    apart = Bench(env, bench.group, bench.state)
    simulator = [sys.executable, "-u", "-m", "tests.simulators.clinics", "--port", str(port)]
    with (
        apart.process("clinics", simulator, ready="listening"),
        apart.process("web", _gunicorn(web), ready=SERVES),
        apart.worker("domain"),
        apart.worker("webhooks"),
    ):
        with without_bells():
            for number in range(AT_ONCE):
                _join(number, port)
            far = _join(AT_ONCE, port, **FAR_AWAY, open_slots=WARM_UPS, states_served=["CA"])
            for _ in range(WARM_UPS):
                make_request(make_member(state="CA", postal_code="90012"), near="90012")
        return _run(apart, far)


def _run(bench: Bench, far: UUID) -> Figures:
    with bench.worker_connection() as look:
        _work_off(look, WARM_UPS)
        wait_until(lambda: not _open(look), seconds=PATIENCE, what="The end of the warm-up")
        with without_bells():
            for _ in range(REQUESTS):
                make_request(make_member())
        assert _accepted(look) == WARM_UPS, "somebody began before the clock did"
        start = perf_counter()
        _work_off(look, WARM_UPS + REQUESTS)
        seconds = perf_counter() - start
        of_others = "SELECT clinic_id FROM referrals_request WHERE clinic_id <> %s"
        taken = Counter(clinic for (clinic,) in look.execute(of_others, [far]))
        [(over,)] = look.execute("SELECT count(*) FROM referrals_clinic WHERE open_slots < 0")
    assert not over, "a clinic has more people than places"
    assert max(taken.values()) <= PLACES, "a clinic has more people than places"
    mean = REQUESTS / AT_ONCE
    farthest = max(abs(number - mean) for number in [*taken.values(), *[0] * (AT_ONCE - len(taken))])
    return REQUESTS / seconds, farthest / mean


def _work_off(look: Any, accepted: int) -> None:
    wake("domain", processes=2)
    wait_until(lambda: _accepted(look) >= accepted, seconds=PATIENCE, what="The last acceptance")


def _accepted(look: Any) -> int:
    [(number,)] = look.execute("SELECT count(*) FROM referrals_request WHERE status = 'accepted'")
    return int(number)


def _open(look: Any) -> int:
    """What keeps the workers at work: they would go on with what is asked for while it is asked for."""
    of_domain = "SELECT count(*) FROM workers_job WHERE lane = 'domain' AND status = 0 AND due_at <= now()"
    of_webhooks = "SELECT count(*) FROM workers_open_delivery WHERE status = 0 AND due_at <= now()"
    return sum(int(look.execute(due).fetchone()[0]) for due in (of_domain, of_webhooks))


def _join(number: int, port: int, **facts: Any) -> UUID:
    """Sign a clinic like every other but for some facts, and give its secrets to its server."""
    clinic = make_clinic(number, has_endpoint=False, **({"open_slots": PLACES} | facts))
    key = f"c{number}"
    with acting_as(OPERATOR):
        endpoint = clinics.add_endpoint(clinic_id=clinic.pk, url=f"http://{LOOPBACK}:{port}/clinics/{key}/webhooks")
    names = ("signing_secret", "inbound_secret", "answer_url")
    known = {"key": key, "behaviour": "accepts_only"} | {name: getattr(endpoint, name) for name in names}
    told = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    told.request("POST", "/control/clinics", json.dumps(known), {"content-type": "application/json"})
    assert told.getresponse().status == 201
    told.close()
    return clinic.pk


def _gunicorn(port: int) -> list[str]:
    [process] = [process for process in PROJECT_PROCESSES if process.name == "web"]
    return [sys.executable, "-m", *(word.format(web=port) for word in process.command.split())]

"""benefits.roster_page: who was covered on a day, a page of 100 out of a million members."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from time import perf_counter
from uuid import UUID

from django.db import connection
from rest_framework.renderers import JSONRenderer

from benefits.enrollment.models import Member
from benefits.enrollment.queries import Filters, find, shown
from tests.benchmarks.bench import Bench, scaled, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare, percentile
from tests.factories.benefits import hr_of, make_employer, make_member, make_plan
from tests.factories.rosters import filling, without_history
from workers.kernel import clock
from workers.kernel.actor import acting_as

MEMBERS = scaled(1_000_000)
PAGES = 100
PAGE = 101  # and one more: whether there is a next page
DATABASE = "bench_roster"
FIRST = date(2024, 1, 1)

# One in three has left, one in seven of those came back: as many lives as a large employer's roster has.
_PERIODS = """
INSERT INTO benefits_enrollment (id, version, employer_id, member_id, plan_id, starts_on, ends_on)
SELECT uuidv7(), 0, employer_id, member.id, %(plan)s, began.day + again.late,
    CASE WHEN number.n %% 3 = 0 AND (again.late = 0) THEN began.day + 200 END
FROM benefits_member AS member
CROSS JOIN LATERAL (SELECT employee_number::int AS n) AS number
CROSS JOIN LATERAL (SELECT %(first)s::date + number.n %% 365 AS day) AS began
CROSS JOIN LATERAL (
    SELECT 0 AS late UNION ALL SELECT 400 WHERE number.n %% 21 = 0
) AS again
WHERE member.employee_number ~ '^[0-9]+$'
"""
_BARE = """
SELECT member.id, {columns}, cover.id, cover.plan_id, cover.starts_on, cover.ends_on
FROM benefits_member AS member
JOIN benefits_enrollment AS cover ON cover.employer_id = member.employer_id AND cover.member_id = member.id
WHERE member.employer_id = %(employer)s AND member.id < %(before)s AND cover.starts_on <= %(day)s
    AND (cover.ends_on IS NULL OR cover.ends_on >= %(day)s)
ORDER BY member.id DESC LIMIT %(limit)s
"""


@compare(Measure(name="benefits.roster_page", unit="ms", better="lower", required=3), pairs=5)
@contextmanager
def paging(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median page: rows, every period of cover of each member, statuses and JSON, at places all over the roster.

    The reference is one statement by hand over the same indexes: the covered members and that period, rows fetched
    and nothing made of them.
    """
    with bench.database(DATABASE) as database:
        employer = fill(database, MEMBERS)
        asked = places(employer, Random(7))  # noqa: S311 - chance is seeded
        yield (lambda: _median(employer, asked, _page), lambda: _median(employer, asked, _bare_page))
    use_database(bench)


def fill(bench: Bench, members: int) -> UUID:
    """Put so many members with their cover under one employer, and return the employer's id."""
    use_database(bench)
    employer = make_employer()
    plan = make_plan(employer.pk, starts_on=FIRST)
    like = make_member(employer.pk, "like")
    with bench.owner() as owner:
        with without_history(owner.execute), filling(like, members) as cursor:
            cursor.execute(_PERIODS, {"plan": plan.pk, "first": FIRST})
        owner.execute("VACUUM benefits_member, benefits_enrollment")
    return employer.pk


def places(employer: UUID, chance: Random) -> list[tuple[UUID, date]]:
    """Members to read on from, and days."""
    with acting_as(hr_of(employer)), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM benefits_member TABLESAMPLE BERNOULLI (0.5) ORDER BY id DESC LIMIT 4000")
        ids = [row[0] for row in cursor.fetchall()]
    return [(chance.choice(ids), FIRST + timedelta(days=chance.randrange(200, 700))) for _ in range(PAGES)]


def _median(employer: UUID, asked: list[tuple[UUID, date]], call: Callable[[UUID, UUID, date], object]) -> Figures:
    with acting_as(hr_of(employer)):
        return (percentile([_time(employer, *one, call) for one in asked], 50),)


def _time(employer: UUID, before: UUID, day: date, call: Callable[[UUID, UUID, date], object]) -> float:
    start = perf_counter()
    call(employer, before, day)
    return (perf_counter() - start) * 1000


def _page(employer: UUID, before: UUID, day: date) -> object:
    now = clock.now()
    rows = find(Filters(covered_on=day), employer_id=employer, now=now).filter(id__lt=before).order_by("-id")[:PAGE]
    return JSONRenderer().render(shown(rows, now=now))


def _bare_page(employer: UUID, before: UUID, day: date) -> object:
    columns = ", ".join(f"member.{field.column}" for field in Member._meta.local_fields if field.column != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            _BARE.format(columns=columns), {"employer": employer, "before": before, "day": day, "limit": PAGE}
        )
        return cursor.fetchall()

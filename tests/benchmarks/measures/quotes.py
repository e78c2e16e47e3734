"""quotes.*: what a quote costs, and what a page of clinics does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter, thread_time
from uuid import UUID

from django.db import connection

from billing.quotes.models import Quote
from billing.quotes.services import quoting, whatif
from tests.benchmarks.bench import Bench, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from tests.factories.billing import course_of, covered_member, declared
from tests.factories.referrals import make_clinic
from workers.kernel import clock
from workers.kernel.actor import Actor, acting_as

QUOTES = 60
OWN_TIME_MS = 5.0


@compare(
    Measure(name="quotes.own_time", unit="ms", better="lower", required=1.0),
    Measure(name="quotes.vs_empty_call", unit="ms", better="lower", required=None),
    pairs=7,
)
@contextmanager
def quotes(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The median quote of a course of three sessions, by a declared income and a plan with limits, stored.

    The reference is an empty service call: the same actor's transaction with one statement that reads nothing.
    `own_time` is the processor's time that a quote takes in this process, what PostgreSQL works left out, against the
    promised 5 ms; `vs_empty_call` is all of a quote on the clock, as a ratio to the empty call.
    """
    use_database(bench)
    member, course = _covered()

    def quote() -> None:
        with acting_as(member):
            assert member.member
            quoting.create(member_id=member.member, course_id=course, now=clock.now())

    def empty() -> None:
        with acting_as(member):
            Quote.objects.none()
            connection.cursor().execute("SELECT 1")

    def ours() -> Figures:
        total, own = _timed(quote)
        return own, total

    yield ours, lambda: (OWN_TIME_MS, _timed(empty)[0])


@compare(Measure(name="quotes.what_if_per_clinic", unit="ms", better="lower", required=None), pairs=5)
@contextmanager
def what_ifs(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """A page of twenty clinics in one question, per clinic; the reference is one clinic in a question of its own."""
    use_database(bench)
    member, _ = _covered()
    clinics = [make_clinic(number, has_endpoint=False).pk for number in range(whatif.MOST_CLINICS)]
    course = whatif.Course(protocol="separated", route="im", format="individual")

    def ask(wanted: list[UUID]) -> None:
        with acting_as(member):
            assert member.member
            whatif.compare_clinics(
                member_id=member.member, clinic_ids=wanted, course=course, income=None, now=clock.now()
            )

    yield (
        lambda: (_timed(lambda: ask(clinics))[0] / len(clinics),),
        lambda: (_timed(lambda: ask(clinics[:1]))[0],),
    )


def _covered() -> tuple[Actor, UUID]:
    """A member with a plan, an income and a course."""
    member = covered_member(deductible_cents=10_000, lifetime_cap_cents=1_000_000)
    declared(member, clock.now(), income_cents=6_600_000)
    return member, course_of(member).pk


def _timed(call: Callable[[], None]) -> tuple[float, float]:
    """The median milliseconds of a call: on the clock, and of the processor in this process."""
    durations, own = [], []
    for _ in range(QUOTES):
        start, processor = perf_counter(), thread_time()
        call()
        own.append((thread_time() - processor) * 1000)
        durations.append((perf_counter() - start) * 1000)
    return median(durations), median(own)

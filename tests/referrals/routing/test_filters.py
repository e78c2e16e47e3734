"""The database filters by the same rules as rules.refusals, and says what would help."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.clinics import services as clinics
from referrals.clinics.queries import locate
from referrals.clinics.rules import Format, Gender, Protocol, Route
from referrals.clinics.rules.hours import OFFICE, Hours
from referrals.requests.rules import Must, Times
from referrals.routing.models import ClinicRecord
from referrals.routing.queries.candidates import LOOKED_AT, find_candidates, find_one, find_these
from referrals.routing.queries.gaps import count_help, list_failing, list_gaps
from referrals.routing.rules.candidates import Wish, refusals
from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import (
    OPERATOR,
    full_prices,
    make_clinic,
    make_member,
    make_request,
    new_clinic,
    run_workers,
)
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.usefixtures("db")

CLINICS, WIDEST = 14, 60.0
HOURS = (
    Hours(weekday=2, opens=time(9), closes=time(12)),
    Hours(weekday=4, opens=time(13), closes=time(20)),
    Hours(weekday=6, opens=time(9), closes=time(12)),
)


def make_network() -> list[UUID]:
    """Clinics that differ in everything that is filtered by."""
    ids = []
    for number in range(CLINICS):
        facts: dict[str, Any] = {
            "latitude": 40.8 - number / 25,
            "routes": list(Route)[number % 3 : number % 3 + 2],
            "protocols": list(Protocol)[: 1 + number % 3],
            "formats": list(Format)[number % 2 :],
            "languages": ["en", "es"][number % 2 :],
            "states_served": ["NY", "NJ"][number % 5 == 4 :],
            "therapist_genders": list(Gender)[: number % 3],
            "hours": HOURS[number % 3 :],
            "open_slots": number % 4,
            "licence_expires_on": NOW.date() + timedelta(days=number % 6 - 1),
        }
        clinic = new_clinic(number, **facts)
        prices = [replace(price, cents=10_000 + 9_000 * number) for price in full_prices(clinic)]
        with acting_as(OPERATOR):
            row = clinics.create(clinic=clinic, prices=prices, now=NOW)
            if number % 7 == 6:
                clinics.set_status(clinic_id=row.pk, status="suspended", now=NOW)
        with acting_as(WORKER):
            ClinicRecord.objects.create(clinic=row, open_offers=number % 3)
        ids.append(row.pk)
    return ids


numbers = st.integers(0, CLINICS - 1)
wishes = st.builds(
    Wish,
    request_id=st.just("r"),
    now=st.just(NOW),
    state=st.sampled_from(["NY", "NJ", "CA"]),
    max_distance_km=st.floats(1, WIDEST),
    routes=st.lists(st.sampled_from(list(Route)), unique=True, min_size=1).map(tuple),
    protocol=st.sampled_from(["", *Protocol]),
    format=st.sampled_from(["", *Format]),
    language=st.sampled_from(["", "en", "es"]),
    own_language=st.just("en"),
    therapist_gender=st.sampled_from(["", *Gender]),
    times=st.lists(st.sampled_from(list(Times)), unique=True).map(tuple),
    max_price_cents=st.none() | st.integers(0, 150_000),
    share_percent=st.integers(0, 100),
    fixed_cents=st.none() | st.integers(0, 120_000),
    must=st.lists(st.sampled_from(list(Must)), unique=True).map(tuple),
    dropped=st.sampled_from([(), ("protocol", "format")]),
)


def test_the_database_and_the_rules_refuse_the_same_for_the_same_reasons(now: datetime) -> None:
    ids, place = make_network(), locate("10025")

    @given(wish=wishes, asked=st.sets(numbers, max_size=3), limit=st.sampled_from([1, 2, 99]))
    @settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
    def compare(wish: Wish, asked: set[int], limit: int) -> None:
        wish = replace(wish, asked=tuple(str(ids[number]) for number in asked))
        with acting_as(WORKER), transaction.atomic():
            said = list_failing(wish, place, widest_km=WIDEST)
            found = [one.clinic_id for one in find_candidates(wish, place, limit=limit)]
            candidates = find_these(ids, wish, place)
        by_rules = {UUID(one.clinic_id): tuple(sorted(refusals(one, wish))) for one in candidates}
        assert said == {name: why for name, why in by_rules.items() if name in said}
        assert found == [one.clinic_id for one in candidates if not by_rules[UUID(one.clinic_id)]][:limit]

    compare()


def test_the_limit_leaves_the_nearest_and_among_equals_those_who_waited_longest(now: datetime) -> None:
    same = [make_clinic(number) for number in range(6)]
    farther = make_clinic(9, latitude=40.5)
    with acting_as(WORKER):
        for days, clinic in enumerate(same[:4]):
            ClinicRecord.objects.create(clinic=clinic, last_offered_at=now - timedelta(days=days))
        wish = wish_near("10025")
        found = [one.clinic_id for one in find_candidates(wish, locate("10025"), limit=4)]
    assert str(farther.pk) not in found
    assert set(found[:2]) == {str(same[4].pk), str(same[5].pk)}
    assert found[2:] == [str(same[3].pk), str(same[2].pk)]


def test_those_who_fit_are_found_behind_many_who_do_not(now: datetime) -> None:
    for number in range(9):
        make_clinic(number, latitude=40.79, open_slots=0)
    farther = make_clinic(9, latitude=40.5)
    with acting_as(WORKER):
        [found] = find_candidates(wish_near("10025"), locate("10025"), limit=1)
        assert found.clinic_id == str(farther.pk)
        assert find_candidates(wish_near("10025", max_distance_km=20.0), locate("10025"), limit=1) == []


def test_all_equally_near_are_looked_at_however_few_are_wanted(now: datetime) -> None:
    full = [make_clinic(number, open_slots=0) for number in range(7)]
    free = make_clinic(7)
    with acting_as(WORKER):
        assert [one.clinic_id for one in find_candidates(wish_near("10025"), locate("10025"), limit=1)] == [
            str(free.pk)
        ]
    assert len(full) > LOOKED_AT


def test_of_equally_near_ones_nobody_is_left_out_by_chance(now: datetime) -> None:
    twins = [make_clinic(number) for number in range(LOOKED_AT + 2)]
    with acting_as(WORKER):
        for twin in twins:
            ClinicRecord.objects.create(clinic=twin, last_offered_at=now)
        for twin in twins:
            ClinicRecord.objects.filter(pk=twin.pk).update(last_offered_at=now - timedelta(days=1))
            [first] = find_candidates(wish_near("10025"), locate("10025"), limit=1)
            assert first.clinic_id == str(twin.pk)
            ClinicRecord.objects.filter(pk=twin.pk).update(last_offered_at=now)


@pytest.mark.parametrize(
    ("hours", "named"),
    [
        (OFFICE, ("weekday_morning", "weekday_afternoon")),
        (
            (Hours(weekday=3, opens=time(17), closes=time(20)), Hours(weekday=6, opens=time(10), closes=time(14))),
            ("weekday_evening", "saturday"),
        ),
        ((Hours(weekday=7, opens=time(9), closes=time(12)),), ("sunday",)),
    ],
)
def test_the_times_of_a_week_are_named(now: datetime, hours: tuple[Hours, ...], named: tuple[str, ...]) -> None:
    clinic = make_clinic(hours=hours)
    with acting_as(WORKER):
        found = find_one(clinic.pk, wish_near("10025", times=tuple(Times)), locate("10025"))
    assert found is not None
    assert found.times == named


def wish_near(zip_code: str, **wishes: Any) -> Wish:
    about: dict[str, Any] = {
        "request_id": "r",
        "now": NOW,
        "state": "NY",
        "max_distance_km": 50.0,
        "routes": ("im",),
        "protocol": "",
        "format": "",
        "language": "",
        "own_language": "en",
    }
    return Wish(**(about | wishes))


def test_what_would_help_counts_who_fails_one_filter_alone(now: datetime) -> None:
    make_clinic(0, languages=["es"])
    make_clinic(1, open_slots=0)
    make_clinic(2, open_slots=0, languages=["es"])
    make_clinic(3, latitude=41.9)
    make_clinic(4, licence_expires_on=date(2026, 3, 1))
    with acting_as(WORKER):
        helps = count_help(wish_near("10025", language="en"), locate("10025"), widest_km=200.0)
    assert helps == {"language": 1, "no_capacity": 1, "too_far": 1, "credentials": 1}


def test_where_requests_find_nobody_is_counted_by_region_and_filter(now: datetime) -> None:
    make_clinic(0, open_slots=0)
    for _ in range(2):
        make_request(make_member())
    make_request(make_member(), near="99501")
    run_workers()
    with acting_as(WORKER):
        gaps = {(gap.state, gap.zip3): gap for gap in list_gaps(since=now, until=now + timedelta(days=1))}
        assert list_gaps(since=now + timedelta(days=1), until=now + timedelta(days=2)) == []
    assert (gaps["NY", "100"].requests, gaps["NY", "100"].filters) == (2, {"no_capacity": 2})
    assert (gaps["AK", "995"].requests, gaps["AK", "995"].filters) == (1, {"nobody_near": 1})
    answer = signed_in(make_user("operator")).get("/api/v1/operator/network-adequacy/").json()
    assert answer["gaps"][0] == {"state": "NY", "zip3": "100", "requests": 2, "filters": {"no_capacity": 2}}
    assert "member" not in str(answer)


@pytest.mark.parametrize("query", ["since=2026-03-02&until=2026-03-01", "until=9999-12-31", "since=soon"])
def test_a_period_that_is_none_is_refused(now: datetime, query: str) -> None:
    client = signed_in(make_user("operator"))
    assert client.get(f"/api/v1/operator/network-adequacy/?{query}").status_code == 422


def test_only_operators_of_care_read_the_report(now: datetime) -> None:
    member = make_member()
    for user in (
        make_user("operator", permissions=["finance"]),
        make_user("hr_admin", employer_id=member.employer),
        make_user("employee", employer_id=member.employer, member_id=member.member),
    ):
        assert signed_in(user).get("/api/v1/operator/network-adequacy/").status_code == 403

"""Members search: facets, orders, names, counts, candidates; and that an index serves them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from referrals.clinics import services
from referrals.clinics.models import Clinic
from referrals.clinics.queries import Search, Sort, Terms, count_facets, find
from referrals.clinics.rules.hours import Hours
from tests.factories.referrals import OPERATOR, make_clinic
from workers.kernel.actor import acting_as

pytestmark = pytest.mark.django_db
HOME = (40.80, -73.97)


@pytest.fixture(autouse=True)
def _as_operator(db: None) -> Iterator[None]:
    with acting_as(OPERATOR):
        yield


def search(now: datetime, **wanted: Any) -> Search:
    place = {"latitude": HOME[0], "longitude": HOME[1], "within_km": 100.0}
    return Search(**(place | {"now": now} | wanted))


def names(now: datetime, **wanted: Any) -> list[str]:
    return [clinic.name for clinic in find(search(now, **wanted))]


def clinic(number: int, name: str, *, cents: int = 10_000, hours: Any = None, **facts: Any) -> Clinic:
    facts = {"latitude": 40.75 - number / 100, "has_endpoint": False} | facts
    row = make_clinic(number, name=name, hours=hours or (), **facts)
    if cents != 10_000:
        price = services.Price(kind="dosing", route="im", format="individual", cents=cents)
        services.set_price(clinic_id=row.pk, price=price, effective_on=date(2026, 3, 3))
    return row


FACETS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"routes": ["iv"]}, {"route": "iv"}),
    ({"protocols": ["sequential"]}, {"protocol": "sequential"}),
    ({"formats": ["group", "individual"]}, {"format": "group"}),
    ({"languages": ["es"]}, {"language": "es"}),
    ({"conditions": ["ptsd"]}, {"condition": "ptsd"}),
    ({"therapist_genders": ["female"]}, {"gender": "female"}),
    ({"states_served": ["NY", "NJ"]}, {"state": "NJ"}),
    ({"trauma_informed": True}, {"trauma_informed": True}),
    ({"offers_sliding_scale": True}, {"sliding_scale": True}),
    ({"telehealth_preparation": True}, {"telehealth_preparation": True}),
    ({"telehealth_integration": True}, {"telehealth_integration": True}),
]


@pytest.mark.parametrize(("facts", "wanted"), FACETS, ids=lambda one: next(iter(one)))
def test_every_facet_is_a_filter(now: datetime, facts: Any, wanted: Any) -> None:
    clinic(0, "plain")
    clinic(1, "special", **facts)
    assert names(now) == ["plain", "special"]
    assert names(now, **wanted) == ["special"]


def test_overseer_and_open_slots_are_filters_too(now: datetime) -> None:
    clinic(0, "alone", has_medical_overseer=False)
    clinic(1, "full", open_slots=0)
    assert names(now, medical_overseer=True) == ["full"]
    assert names(now, has_open_slots=True) == ["alone"]


def test_who_takes_no_offers_is_not_found(now: datetime) -> None:
    clinic(0, "lapsed", licence_expires_on=date(2026, 3, 1))
    services.set_status(clinic_id=clinic(1, "suspended").pk, status="suspended", now=now)
    services.archive(clinic_id=clinic(2, "archived").pk, now=now)
    assert names(now) == []
    assert count_facets(search(now)).total == 0


def test_the_price_of_the_day_sorts_and_limits(now: datetime) -> None:
    clinic(0, "dear and near", cents=50_000)
    clinic(1, "cheap and far", cents=20_000)
    clinic(2, "without", routes=["iv"])
    now += timedelta(days=1)
    found = find(search(now, kind="dosing", route="im", sort=Sort.PRICE))
    assert [(one.name, one.list_price_cents) for one in found] == [("cheap and far", 20_000), ("dear and near", 50_000)]  # type: ignore[attr-defined] # annotated
    assert names(now, kind="dosing", sort=Sort.PRICE) == ["dear and near", "cheap and far", "without"], "cheapest route"
    assert names(now, kind="dosing", route="im", max_price_cents=20_000) == ["cheap and far"]


def test_the_price_is_the_members_own_after_their_plan(now: datetime) -> None:
    clinic(0, "im only", cents=40_000, routes=["im"])
    clinic(1, "iv only", routes=["iv"])
    price = services.Price(kind="dosing", route="iv", format="individual", cents=30_000)
    services.set_price(clinic_id=Clinic.objects.get(name="iv only").pk, price=price, effective_on=date(2026, 3, 3))
    now += timedelta(days=1)

    def priced(terms: Terms, **wanted: Any) -> list[tuple[str, int, int]]:
        found: Any = find(search(now, kind="dosing", sort=Sort.PRICE, terms=terms, **wanted))
        return [(one.name, one.list_price_cents, one.own_price_cents) for one in found]

    assert priced(Terms()) == [("iv only", 30_000, 30_000), ("im only", 40_000, 40_000)]
    half = Terms(routes=("im",), percent=50)
    assert priced(half) == [("im only", 40_000, 20_000), ("iv only", 30_000, 30_000)]
    assert priced(half, max_price_cents=20_000) == [("im only", 40_000, 20_000)]
    assert priced(Terms(routes=("im", "iv"), fixed_cents=35_000)) == [
        ("iv only", 30_000, 0),
        ("im only", 40_000, 5_000),
    ]


def test_equal_prices_are_sorted_by_distance_and_no_price_comes_last(now: datetime) -> None:
    for number, name in enumerate(["a", "b", "c"]):
        clinic(number, name)
    assert names(now, kind="dosing", sort=Sort.PRICE) == ["a", "b", "c"]
    clinic(4, "cheap and far", cents=1)
    before_any = find(search(now - timedelta(days=1), kind="preparation", sort=Sort.PRICE))
    assert [one.name for one in before_any] == ["a", "b", "c", "cheap and far"]
    assert {one.list_price_cents for one in before_any} == {None}  # type: ignore[attr-defined] # annotated


def test_the_soonest_opening_is_the_first_open_day_from_when_it_takes_people(now: datetime) -> None:
    saturdays = [Hours(weekday=6, opens=datetime(2026, 1, 1, 9).time(), closes=datetime(2026, 1, 1, 12).time())]  # noqa: DTZ001 - wall time
    clinic(0, "full", open_slots=0)
    clinic(1, "saturday", hours=saturdays)
    clinic(2, "today")
    clinic(3, "next monday", accepts_from=date(2026, 3, 7))
    found = list(find(search(now, sort=Sort.SOONEST)))
    assert [one.name for one in found] == ["today", "saturday", "next monday", "full"]
    days = [one.soonest_opening_on for one in found]  # type: ignore[attr-defined] # annotated
    assert days == [date(2026, 3, 2), date(2026, 3, 7), date(2026, 3, 9), None]


@pytest.mark.parametrize("typed", ["Bayleaf", "bayleef therapy", "BAYLEAF THERPY", "baylaef", "leaf therapy"])
def test_a_name_need_not_be_spelled_right(now: datetime, typed: str) -> None:
    clinic(0, "Aurora Integrative")
    clinic(1, "Bayleaf Therapy")
    clinic(2, "Cedar House")
    assert names(now, name=typed, sort=Sort.MATCH)[:1] == ["Bayleaf Therapy"]


def test_a_name_that_nobody_has_finds_nobody(now: datetime) -> None:
    clinic(0, "Aurora Integrative")
    assert names(now, name="zzyzx", sort=Sort.MATCH) == []


def test_counts_are_those_of_asking_each_by_itself(now: datetime) -> None:
    chance = Random(7)  # noqa: S311 - a test's
    for number in range(40):
        clinic(number, f"c{number}", **some_facts(chance))
    for wanted in ({}, {"route": "iv"}, {"language": "es", "trauma_informed": True}):
        counts = count_facets(search(now, **wanted))
        assert counts.total == len(names(now, **wanted))
        assert sum(map(len, counts.facets.values())) > 10
        for facet, values in counts.facets.items():
            for value, number in values.items():
                asked = {facet: True if value == "true" else value}
                if not wanted.keys() & asked.keys():
                    assert number == len(names(now, **wanted, **asked)), (wanted, asked)


def some_facts(chance: Random) -> dict[str, Any]:
    def some(*codes: str) -> list[str]:
        return chance.sample(codes, chance.randint(1, len(codes)))

    return {
        "latitude": 40.75 - chance.random(),
        "longitude": -73.99 - chance.random(),
        "routes": some("iv", "im", "sublingual", "nasal"),
        "protocols": some("concurrent", "separated", "sequential"),
        "formats": some("individual", "group"),
        "languages": some("en", "es", "zh"),
        "states_served": some("NY", "NJ", "CT"),
        "therapist_genders": some("female", "male"),
        "trauma_informed": chance.random() < 0.5,
        "telehealth_preparation": chance.random() < 0.5,
        "telehealth_integration": chance.random() < 0.5,
        "open_slots": chance.choice([0, 1, 5]),
    }


def test_pages_of_any_order_show_everybody_once(now: datetime) -> None:
    for number in range(23):
        clinic(number, f"Bayleaf {number}", latitude=40.75, open_slots=number % 3)
    for order in (
        {"sort": Sort.SOONEST},
        {"sort": Sort.PRICE, "kind": "dosing"},
        {"sort": Sort.MATCH, "name": "bayleaf"},
    ):
        ranks = [one.rank for one in find(search(now, **order))]  # type: ignore[attr-defined] # annotated
        assert ranks == sorted(ranks)
        assert len(ranks) == 23


def test_a_slot_that_opens_tomorrow_is_not_today(now: datetime) -> None:
    row = clinic(0, "one")
    services.update_capacity(clinic_id=row.pk, open_slots=2, accepts_from=date(2026, 3, 3), now=now)
    [found] = find(search(now))
    assert found.soonest_opening_on == date(2026, 3, 3)  # type: ignore[attr-defined] # annotated
    late = now + timedelta(days=10)
    [found] = find(search(late))
    assert found.soonest_opening_on == late.date()  # type: ignore[attr-defined] # annotated

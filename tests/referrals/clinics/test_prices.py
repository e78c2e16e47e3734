"""Prices from a date on: which one holds, and that no two do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals import facade
from referrals.clinics import services
from referrals.clinics.models import Clinic, ClinicPrice
from referrals.clinics.queries import list_prices, price_of
from tests.factories.referrals import OPERATOR, full_prices, make_clinic, new_clinic
from workers.kernel.actor import acting_as
from workers.kernel.errors import NotFound

pytestmark = pytest.mark.django_db
DOSING = ("dosing", "im", "individual")
SIGNED = date(2026, 3, 2)
offsets = st.dictionaries(st.integers(-40, 40).filter(bool), st.integers(0, 10_000_000), max_size=6)


@pytest.fixture
def clinic(now: datetime) -> Iterator[Clinic]:
    """A signed clinic; every price is 10,000 cents from the day on which it was signed."""
    row = make_clinic()
    with acting_as(OPERATOR):
        yield row


def dosing(cents: int) -> services.Price:
    return services.Price(kind="dosing", route="im", format="individual", cents=cents)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(offsets, st.randoms(use_true_random=False))
def test_the_price_of_a_day_is_the_last_that_was_set_for_it_or_before(clinic: Any, changes: Any, chance: Any) -> None:
    order = list(changes.items())
    chance.shuffle(order)
    set_for = {SIGNED: 10_000} | {SIGNED + timedelta(days=offset): cents for offset, cents in order}
    with transaction.atomic():
        for offset, cents in order:
            services.set_price(clinic_id=clinic.pk, price=dosing(cents), effective_on=SIGNED + timedelta(days=offset))
        for offset in range(-45, 46):
            day = SIGNED + timedelta(days=offset)
            before = [one for one in set_for if one <= day]
            found = [one.cents for one in list_prices([clinic.pk], day) if (one.kind, one.route) == DOSING[:2]]
            assert found == ([set_for[max(before)]] if before else [])
        transaction.set_rollback(True)


def test_a_price_before_the_first_ends_where_that_begins(clinic: Clinic) -> None:
    services.set_price(clinic_id=clinic.pk, price=dosing(1), effective_on=date(2026, 2, 1))
    assert price_of(clinic.pk, *DOSING, on=date(2026, 3, 1)) == 1
    assert price_of(clinic.pk, *DOSING, on=date(2026, 3, 2)) == 10_000
    with pytest.raises(NotFound):
        price_of(clinic.pk, *DOSING, on=date(2026, 1, 31))


def test_the_database_refuses_two_prices_for_one_day(clinic: Clinic) -> None:
    twin = ClinicPrice(clinic=clinic, kind="dosing", route="im", format="individual", cents=1)
    twin.effective_on, twin.ends_on = date(2026, 6, 1), date(2026, 6, 2)
    with pytest.raises(IntegrityError, match="clinic_price_one_at_a_time"), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.parametrize("wrong", [{"ends_on": SIGNED}, {"cents": 10_000_001}, {"kind": "massage"}])
def test_the_database_refuses_a_price_that_cannot_be(clinic: Clinic, wrong: Any) -> None:
    about = {"kind": "dosing", "route": "iv", "format": "group", "cents": 1, "effective_on": SIGNED} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicPrice.objects.create(clinic=clinic, **about)


def test_an_archived_clinics_prices_stay_as_they_are(clinic: Clinic, now: datetime) -> None:
    services.archive(clinic_id=clinic.pk, now=now)
    with pytest.raises(services.ClinicIsArchived):
        services.set_price(clinic_id=clinic.pk, price=dosing(1), effective_on=date(2026, 6, 1))
    assert price_of(clinic.pk, *DOSING, on=date(2026, 6, 1)) == 10_000


def test_billing_reads_the_prices_of_a_page_of_clinics(clinic: Clinic) -> None:
    other = services.create(
        clinic=new_clinic(1, routes=["iv"]),
        prices=full_prices(new_clinic(1, routes=["iv"])),
        now=datetime(2026, 3, 2, 15, tzinfo=UTC),
    )
    page = facade.list_prices_of([clinic.pk, other.pk], on=SIGNED)
    assert len(page) == 15
    assert {one.route for one in page if one.clinic_id == other.pk} == {"iv"}

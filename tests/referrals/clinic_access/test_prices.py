"""A clinic's software announces prices of its own, and corrects none that holds already."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from referrals.clinics.queries import price_of
from tests.factories.clinic_access import bearer, make_key
from tests.factories.referrals import make_clinic
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db

TODAY, TOMORROW = "2026-03-02", "2026-03-03"


@pytest.fixture
def clinic_id(now: datetime) -> UUID:
    return make_clinic().pk


def announce(clinic_id: UUID, effective_on: str, *, by: UUID | None = None) -> Any:
    program = bearer(make_key(by or clinic_id, "prices:write"))
    body = {"kind": "dosing", "route": "im", "format": "individual", "cents": 45_000, "effective_on": effective_on}
    return program.post(f"/api/v1/clinics/{clinic_id}/prices/", body, content_type="application/json")


def test_a_price_holds_from_the_day_that_was_announced(clinic_id: UUID) -> None:
    assert announce(clinic_id, TOMORROW).status_code == 201
    with acting_as(WORKER):
        prices = [price_of(clinic_id, "dosing", "im", "individual", date(2026, 3, day)) for day in (2, 3)]
    assert prices == [10_000, 45_000]


@pytest.mark.parametrize("day", [TODAY, "2020-01-01"])
def test_what_holds_already_is_not_changed(clinic_id: UUID, day: str) -> None:
    assert announce(clinic_id, day).status_code == 422


def test_another_clinics_prices_are_not_touched(clinic_id: UUID) -> None:
    assert announce(clinic_id, TOMORROW, by=make_clinic(2).pk).status_code == 404

"""Two operators at one moment: one wins, the other is told, and the database agrees with both answers."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from referrals.clinics import services
from referrals.clinics.models import Clinic, ClinicFile, ClinicPrice
from referrals.clinics.services import credentials, files
from referrals.events import ClinicReinstated, ClinicSuspended
from tests.factories.referrals import OPERATOR, directory_file, full_prices, make_clinic, new_clinic, npi
from tests.racing import at_once
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.usefixtures("committed_db")
DAY = date(2026, 6, 1)


def together(*calls: Callable[[], Any], expected: type[DomainError] | tuple[()] = ()) -> list[Any]:
    """What operators' calls of one moment came to: what each returned, or the code of its refusal."""
    results = at_once(*map(acting_as(OPERATOR), calls), expected=expected)
    return [result.code if isinstance(result, DomainError) else result for result in results]


def dosing(cents: int) -> services.Price:
    return services.Price(kind="dosing", route="im", format="individual", cents=cents)


def test_one_of_two_prices_for_a_day_holds(now: datetime) -> None:
    clinic = make_clinic()

    def change(cents: int) -> Any:
        return lambda: services.set_price(clinic_id=clinic.pk, price=dosing(cents), effective_on=DAY).cents

    results = together(change(1), change(2), change(3), expected=services.PriceSet)
    assert sorted(map(str, results))[1:] == ["price_set", "price_set"]
    with acting_as(WORKER):
        held = ClinicPrice.objects.get(clinic=clinic, kind="dosing", route="im", effective_on=DAY)
    assert [held.cents] == [cents for cents in results if cents != "price_set"]


def test_prices_for_several_days_leave_no_gap_and_no_overlap(now: datetime) -> None:
    clinic = make_clinic()
    days = [date(2026, month, 1) for month in (4, 5, 6, 7)]

    def change(day: date) -> Any:
        return lambda: services.set_price(clinic_id=clinic.pk, price=dosing(day.month), effective_on=day)

    together(*map(change, days))
    with acting_as(WORKER):
        rows = list(ClinicPrice.objects.filter(clinic=clinic, kind="dosing", route="im").order_by("effective_on"))
    assert [row.ends_on for row in rows] == [*days, None]
    assert [row.effective_on for row in rows[1:]] == days


def test_a_file_that_arrives_and_is_applied_twice_at_once_counts_once(now: datetime) -> None:
    content = directory_file(npi(7), npi(8))

    def upload() -> Any:
        return files.upload(content=content, uploaded_by=new_id(), now=now)[0].pk

    ids = set(together(upload, upload, upload))
    assert len(ids) == 1
    [file_id] = ids

    def apply() -> Any:
        return files.apply(file_id=file_id, skip_rows_with_errors=False, now=now).status

    came_to = together(apply, apply, apply, expected=files.AlreadyApplied)
    assert sorted(came_to) == ["already_applied", "already_applied", "applied"]
    with acting_as(WORKER):
        assert Clinic.objects.count() == 2
        assert ClinicFile.objects.count() == 1


def test_an_npi_is_signed_by_one_of_two(now: datetime) -> None:
    new = new_clinic(3)

    def sign() -> str:
        return services.create(clinic=new, prices=full_prices(new), now=now).npi

    results = together(sign, sign, sign, expected=services.NpiTaken)
    assert sorted(results) == [new.npi, "npi_taken", "npi_taken"]
    with acting_as(WORKER):
        assert Clinic.objects.get().prices.count() == 10


def test_a_lapse_that_meets_the_renewal_leaves_the_clinic_in_good_standing(now: datetime) -> None:
    clinic = make_clinic(licence_expires_on=date(2026, 3, 1))  # lapsed already: suspended when it was signed
    with acting_as(WORKER):
        old = clinic.credentials.get(kind="state_licence")
    new = services.NewCredential(kind="state_licence", expires_on=date(2030, 1, 1))

    def lapse() -> None:
        with acting_as(WORKER):
            credentials.lapse(credential_id=old.pk, now=now)

    together(lapse, lambda: credentials.add(clinic_id=clinic.pk, credential=new, now=now), lapse)
    with acting_as(WORKER):
        clinic.refresh_from_db()
        told = EventRecord.objects.filter(aggregate_id=clinic.pk).order_by("aggregate_version")
        ours = [one.type for one in told if one.type in (ClinicSuspended.wire_name, ClinicReinstated.wire_name)]
    assert clinic.suspended_at is None
    assert ours == [ClinicSuspended.wire_name, ClinicReinstated.wire_name]

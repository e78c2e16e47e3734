"""A credential's life: on file, reminded of, lapsed, renewed, withdrawn; and what becomes of offers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from referrals.clinics import services
from referrals.clinics.models import Clinic, ClinicCredential
from referrals.clinics.queries.near import in_good_standing
from referrals.clinics.services import credentials
from referrals.events import ClinicSuspended
from tests.factories.benefits import make_user
from tests.factories.referrals import OPERATOR, make_clinic, run_workers
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.errors import Invalid, NotFound
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord
from workers.timers.firing import fire_due
from workers.timers.models import Timer

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 1)


@pytest.fixture
def clinic(now: datetime) -> Clinic:
    """Its licence holds through 1 June, its cover for years; somebody works there, and somebody keeps the directory."""
    row = make_clinic(licence_expires_on=LAST)
    make_user("clinic_staff", email="desk@clinic.example", clinic_id=row.pk)
    make_user("operator", email="care@benefit.example", permissions=["care"])
    make_user("operator", email="money@benefit.example", permissions=["finance"])
    return row


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    yield
    clock.freeze(None)


def at(day: date, hour: int = 15) -> datetime:
    """An hour (UTC) of a day: everything that is due by then happens."""
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    clock.freeze(now)
    while fire_due():
        run_workers()
    run_workers()
    return now


def mails() -> list[tuple[str, str]]:
    """Whom the directory wrote to, and the subject, in their order."""
    with acting_as(WORKER):
        found = Email.objects.filter(template__startswith="referrals/credential").order_by("id")
        return [(mail.message["to"], mail.message["subject"]) for mail in found]


def announced(clinic: Clinic) -> list[str]:
    """The standing that was announced of a clinic."""
    with acting_as(WORKER):
        names = EventRecord.objects.filter(aggregate_id=clinic.pk).order_by("aggregate_version")
        ours = [name.split(".")[2] for name in names.values_list("type", flat=True)]
    return [name for name in ours if name in ("suspended", "reinstated", "capacity-changed")]


def is_asked(now: datetime) -> bool:
    """Whether new offers may go to the clinic."""
    with acting_as(WORKER):
        return Clinic.objects.filter(in_good_standing(now)).exists()


def renew(clinic: Clinic, now: datetime, kind: str = "state_licence", until: date = date(2028, 6, 1)) -> Any:
    new = services.NewCredential(kind=kind, expires_on=until, identifier="L-2")
    with acting_as(OPERATOR):
        return credentials.add(clinic_id=clinic.pk, credential=new, now=now)


def test_reminders_come_before_and_suspension_after(clinic: Clinic) -> None:
    at(LAST - timedelta(days=61))
    assert mails() == []
    for days in (60, 30, 7, 1):
        now = at(LAST - timedelta(days=days))
        assert is_asked(now)
    reminder = "A credential on file expires in {} day{}"
    people = ("desk@clinic.example", "care@benefit.example")
    expected = [(who, reminder.format(days, "s" * (days > 1))) for days in (60, 30, 7, 1) for who in people]
    assert mails() == expected
    assert is_asked(at(LAST, hour=23)), "its last day is not over, where it is"
    now = at(LAST + timedelta(days=1), hour=4)
    assert not is_asked(now)
    assert announced(clinic) == ["suspended"]
    assert mails()[len(expected) :] == [(who, "New offers are paused: a credential has expired") for who in people]


def test_offers_stop_at_the_minute_even_if_no_worker_runs(clinic: Clinic) -> None:
    assert is_asked(datetime(2026, 6, 2, 3, 59, tzinfo=UTC))
    assert not is_asked(datetime(2026, 6, 2, 4, 0, tzinfo=UTC))


def test_a_renewal_in_time_is_not_spoken_of_again(clinic: Clinic) -> None:
    now = at(LAST - timedelta(days=60))
    told = len(mails())
    renew(clinic, now)
    assert is_asked(at(LAST + timedelta(days=1)))
    assert len(mails()) == told
    assert announced(clinic) == []


def test_a_late_renewal_reinstates_and_lets_routing_try_again(clinic: Clinic) -> None:
    now = at(LAST + timedelta(days=3))
    assert announced(clinic) == ["suspended"]
    renew(clinic, now)
    assert announced(clinic) == ["suspended", "reinstated", "capacity-changed"]
    assert is_asked(now)


def test_a_registration_that_is_on_file_has_to_hold_and_one_that_is_not_need_not(clinic: Clinic) -> None:
    now = at(date(2026, 4, 1))
    row = renew(clinic, now, kind="dea", until=date(2026, 3, 31))
    assert not is_asked(now)
    with acting_as(OPERATOR):
        credentials.withdraw(credential_id=row.pk, now=now)
        credentials.withdraw(credential_id=row.pk, now=now)
    assert is_asked(now)
    assert announced(clinic) == ["suspended", "reinstated", "capacity-changed"]
    renew(clinic, now, kind="other", until=date(2026, 3, 31))
    assert is_asked(now), "what lapses without meaning suspends nobody"


def test_a_revoked_licence_suspends_at_once(clinic: Clinic, now: datetime) -> None:
    with acting_as(OPERATOR):
        row = ClinicCredential.objects.get(clinic=clinic, kind="state_licence")
        credentials.withdraw(credential_id=row.pk, now=now)
    assert announced(clinic) == ["suspended"]
    assert not is_asked(now)
    with acting_as(OPERATOR):
        assert Clinic.objects.get(pk=clinic.pk).credentials_valid_until is None


def test_a_clinic_that_is_signed_with_a_lapsed_licence_takes_no_offers(now: datetime) -> None:
    clinic = make_clinic(licence_expires_on=date(2026, 3, 1))
    assert announced(clinic) == ["suspended"]
    assert not is_asked(now)


def test_what_the_operator_suspends_the_operator_reinstates(clinic: Clinic) -> None:
    with acting_as(OPERATOR):
        services.set_status(clinic_id=clinic.pk, status="suspended", now=clock.now())
        services.set_status(clinic_id=clinic.pk, status="suspended", now=clock.now())
    assert announced(clinic) == ["suspended"]
    now = at(LAST + timedelta(days=1))
    renew(clinic, now)
    assert not is_asked(now)
    assert announced(clinic) == ["suspended"]
    with acting_as(OPERATOR):
        services.set_status(clinic_id=clinic.pk, status="active", now=now)
    assert announced(clinic) == ["suspended", "reinstated", "capacity-changed"]


def test_an_archived_clinic_is_announced_once_and_does_not_come_back(clinic: Clinic, now: datetime) -> None:
    with acting_as(OPERATOR):
        services.archive(clinic_id=clinic.pk, now=now)
        services.archive(clinic_id=clinic.pk, now=now)
        with pytest.raises(services.ClinicIsArchived):
            services.set_status(clinic_id=clinic.pk, status="active", now=now)
        with pytest.raises(NotFound):
            services.archive(clinic_id=new_id(), now=now)
    assert announced(clinic) == ["suspended"]
    with pytest.raises(services.ClinicIsArchived):
        renew(clinic, now)


def test_archiving_is_announced_of_a_suspended_clinic_too(clinic: Clinic, now: datetime) -> None:
    with acting_as(OPERATOR):
        services.set_status(clinic_id=clinic.pk, status="suspended", now=now)
        services.archive(clinic_id=clinic.pk, now=now)
    with acting_as(WORKER):
        told = EventRecord.objects.filter(aggregate_id=clinic.pk, type=ClinicSuspended.wire_name)
        assert [event.data["reason"] for event in told.order_by("aggregate_version")] == ["operator", "archived"]


def test_a_credential_is_recorded_once(clinic: Clinic, now: datetime) -> None:
    renew(clinic, now)
    with pytest.raises(services.CredentialOnFile):
        renew(clinic, now)
    for wrong in ({"kind": "diploma"}, {"until": date(9999, 12, 31)}, {"until": date(1, 1, 1)}):
        with pytest.raises(Invalid):
            renew(clinic, now, **wrong)


def test_a_credential_has_one_reminder_and_its_lapse_waiting(clinic: Clinic) -> None:
    with acting_as(WORKER):
        row = ClinicCredential.objects.get(clinic=clinic, kind="state_licence")
        waiting = Timer.objects.filter(subject_id=row.pk).order_by("due_at")
        assert [timer.kind.split(".")[2] for timer in waiting] == ["reminder-due", "lapse-due"]
        assert [timer.wall_time for timer in waiting] == ["2026-04-02T09:00:00", "2026-06-02T00:00:00"]


def test_a_clinic_sees_its_own_credentials_and_members_see_none(clinic: Clinic) -> None:
    make_clinic(1)
    with acting_as(Actor(role=Role.CLINIC, clinic=clinic.pk)):
        assert {row.clinic_id for row in ClinicCredential.objects.all()} == {clinic.pk}
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('act_employee', 'referrals_cliniccredential', 'select')")
        assert cursor.fetchone() == (False,)

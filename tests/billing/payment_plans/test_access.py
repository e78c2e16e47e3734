"""What the database itself allows, whatever the code does."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError

from billing.payment_plans.models import ChargeAttempt, Instalment, PaymentMethod, PaymentMethodSetup, PaymentPlan
from billing.payment_plans.services import charging
from billing.stripe.models import StripeCustomer
from tests.factories.payments import agree, card_of, paying_member
from workers.kernel import bells
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

TABLES = (PaymentPlan, Instalment, PaymentMethod, PaymentMethodSetup, ChargeAttempt, StripeCustomer)


@pytest.fixture
def member(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Somebody with an active plan and an open attempt."""
    monkeypatch.setattr(bells, "_strike", None)
    member = paying_member()
    card_of(member, now)
    agree(member, cents=10_000, now=now)
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=Instalment.objects.get().pk, generation=0)], now=now)
    return member


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", [Role.HR, Role.CLINIC, Role.AUTH])
def test_employers_and_clinics_have_no_grant_at_all(member: Actor, table: type, role: Role) -> None:
    actor = Actor(role=role, employer=member.employer, clinic=new_id(), member=member.member)
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(actor):
        list(table.objects.all())  # type: ignore[attr-defined] # each is a model


@pytest.mark.parametrize("table", TABLES[:5])
def test_a_member_sees_their_own_rows_only(member: Actor, table: type) -> None:
    with acting_as(member):
        assert table.objects.count() == 1  # type: ignore[attr-defined] # each is a model
    with acting_as(Actor(role=Role.EMPLOYEE, member=new_id(), employer=member.employer)):
        assert table.objects.count() == 0  # type: ignore[attr-defined] # each is a model


def test_an_instalment_has_one_open_attempt(member: Actor, now: datetime) -> None:
    with acting_as(WORKER):
        attempt = ChargeAttempt.objects.get()
        attempt.pk, attempt.number, attempt.confirm_key = new_id(), 2, "another"
        with pytest.raises(IntegrityError, match="charge_attempt_one_open"), transaction.atomic():
            attempt.save(force_insert=True)


def test_the_same_timer_twice_opens_one_attempt(member: Actor, now: datetime) -> None:
    with acting_as(WORKER):
        charging.charge_due([charging.Due(instalment_id=Instalment.objects.get().pk, generation=0)], now=now)
        charging.charge_due([charging.Due(instalment_id=Instalment.objects.get().pk, generation=1)], now=now)
        assert ChargeAttempt.objects.count() == 1


def test_a_member_has_one_active_method(member: Actor, now: datetime) -> None:
    second = card_of(member, now)
    with acting_as(WORKER):
        assert list(PaymentMethod.objects.filter(status="active")) == [second]
        first = PaymentMethod.objects.get(status="replaced")
        first.status = "active"
        with pytest.raises(IntegrityError, match="payment_method_one_active"), transaction.atomic():
            first.save(update_fields=["status"])


def test_a_member_cannot_mark_an_instalment_as_paid(member: Actor) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(member):
        Instalment.objects.update(status="paid")


def test_nobody_signed_in_sees_nothing(member: Actor) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(AUTH):
        PaymentPlan.objects.count()

"""Payment methods: the member's mandate, what Stripe says of the storing, and what takes a method away again."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from benefits import facade as benefits
from billing.events import (
    PaymentMethodRemovalRequested,
    PaymentMethodRemoved,
    PaymentMethodStored,
    SetupCheckDue,
    SetupRequested,
)
from billing.payment_plans import rules
from billing.payment_plans.models import (
    MethodStatus,
    PaymentMethod,
    PaymentMethodSetup,
    SetupStatus,
    SetupWay,
)
from billing.payment_plans.queries import get_method
from workers.kernel.errors import DomainError, Invalid
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule

# How long after a SetupIntent is ready Stripe is asked about it, in case its notice was lost; then it is left alone.
CHECK_AFTER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24), timedelta(days=5))


class MandateNotAccepted(Invalid):
    """A payment method is stored only with its owner's permission to charge it later."""

    code = "mandate_not_accepted"


class NotStored(DomainError):
    """The payment method was removed or replaced before."""

    code = "payment_method_not_active"


def request_setup(
    *,
    member_id: UUID,
    mandate_accepted: bool,
    now: datetime,
    kind: rules.MethodKind = rules.MethodKind.CARD,
    way: SetupWay = SetupWay.ELEMENTS,
    language: str = "en",
) -> PaymentMethodSetup:
    """Record the member's mandate, in the `language` that they read, and ask Stripe for the place to type the details.

    Raises MandateNotAccepted.
    """
    if not mandate_accepted:
        raise MandateNotAccepted("To store a payment method, accept that it is charged for your instalments.")
    setup = PaymentMethodSetup(
        member_id=member_id,
        kind=kind,
        way=way,
        mandate_version=rules.MANDATE_VERSION,
        mandate_text=rules.mandate_text(kind, language),
        mandate_accepted_at=now,
    )
    with transaction.atomic():
        setup.save(force_insert=True)
        publish(SetupRequested(setup_id=setup.pk), about=setup, now=now)
    return setup


def use_another_key(*, setup_id: UUID) -> None:
    """Note that Stripe keeps an error under the present idempotency key; an unconfirmed SetupIntent harms nobody."""
    PaymentMethodSetup.objects.filter(pk=setup_id).update(tries=F("tries") + 1)


def make_ready(*, setup_id: UUID, now: datetime, **made: str) -> None:
    """Store what Stripe made for the member's browser, once: a SetupIntent and its secret, or a Checkout page."""
    with transaction.atomic():
        setup = PaymentMethodSetup.locked(pk=setup_id)
        if setup.status != SetupStatus.CREATING:
            return
        setup.status = SetupStatus.READY
        for name, value in made.items():
            setattr(setup, name, value)
        setup.save(update_fields=["status", *made])
        schedule(SetupCheckDue(setup_id=setup.pk, number=0), about=setup, due_at=now + CHECK_AFTER[0])


def check_again(*, setup_id: UUID, number: int, now: datetime) -> None:
    """Set the timer of the next question about a SetupIntent that is still open."""
    setup = PaymentMethodSetup.locked(pk=setup_id)
    if setup.status == SetupStatus.READY and number + 1 < len(CHECK_AFTER):
        event = SetupCheckDue(setup_id=setup.pk, number=number + 1)
        schedule(event, about=setup, due_at=now + CHECK_AFTER[number + 1], generation=number + 1)


def fail(*, setup_id: UUID) -> None:
    """Note that the SetupIntent is refused or canceled; the member begins again."""
    PaymentMethodSetup.objects.filter(pk=setup_id).exclude(status=SetupStatus.STORED).update(status=SetupStatus.FAILED)


def store(*, setup_id: UUID, stripe_id: str, customer_id: str, now: datetime) -> None:
    """Make the payment method of a succeeded SetupIntent the member's active one, once, and announce it.

    Of somebody who has closed their account meanwhile it is removed again: Stripe has it already.
    """
    with transaction.atomic():
        setup = PaymentMethodSetup.locked(pk=setup_id)
        if setup.status == SetupStatus.STORED:
            return
        setup.status = SetupStatus.STORED
        setup.save(update_fields=["status"])
        _replace_active(setup.member_id)
        method = PaymentMethod(
            member_id=setup.member_id, stripe_id=stripe_id, customer_id=customer_id, kind=setup.kind, stored_at=now
        )
        method.save(force_insert=True)
        event = PaymentMethodStored(payment_method_id=method.pk, member_id=method.member_id)
        publish(event, about=method, now=now)
        if not benefits.keep_account_open(setup.member_id):
            publish(PaymentMethodRemovalRequested(payment_method_id=method.pk), about=method, now=now)


def _replace_active(member_id: UUID) -> None:
    """Locked first: two set-ups of one member that end together follow each other."""
    active = PaymentMethod.objects.filter(member_id=member_id, status=MethodStatus.ACTIVE)
    for method in active.select_for_update():
        method.status = MethodStatus.REPLACED
        method.save(update_fields=["status"])


def describe(*, method_id: UUID, name: str, last4: str, expires: tuple[int, int] | None) -> None:
    """Note what its owner knows a stored method by; (year, month) is how long a card is valid."""
    expires_on = None
    if expires is not None:
        year, month = expires
        expires_on = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    PaymentMethod.objects.filter(pk=method_id).update(name=name[:60], last4=last4[:4], expires_on=expires_on)


def ask_removal(*, method_id: UUID, now: datetime) -> PaymentMethod:
    """Have one's own payment method taken away. Raises NotFound, and NotStored for one that is no longer charged."""
    method = get_method(method_id)
    if method.status != MethodStatus.ACTIVE:
        raise NotStored(f"This payment method is {method.status} already: it is not charged any more.")
    with transaction.atomic():
        publish(PaymentMethodRemovalRequested(payment_method_id=method.pk), about=method, now=now)
    return method


def take_away(*, method_id: UUID, now: datetime) -> None:
    """Charge a method no more, from this moment on: its owner removed it, or Stripe says that it is detached."""
    with transaction.atomic():
        method = PaymentMethod.locked(pk=method_id)
        was_active, method.status = method.status == MethodStatus.ACTIVE, MethodStatus.REMOVED
        method.save(update_fields=["status"])
        if was_active:
            event = PaymentMethodRemoved(payment_method_id=method.pk, member_id=method.member_id)
            publish(event, about=method, now=now)

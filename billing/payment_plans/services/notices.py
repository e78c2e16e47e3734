"""E-mails about instalments: neutral words, the amount, a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from billing.payment_plans.models import Instalment, InstalmentStatus
from billing.payment_plans.queries import find_active_method, find_next_instalment, get_instalment
from workers.emails.queueing import queue_email
from workers.kernel.money import dollars
from workers.kernel.trace import traced

_TEMPLATES = {
    InstalmentStatus.PAID: "receipt",
    InstalmentStatus.RETRY_WAIT: "debit_failed",
    InstalmentStatus.NEEDS_METHOD: "debit_failed",
    InstalmentStatus.ACTION_REQUIRED: "action_needed",
    InstalmentStatus.DUE: "payment_due",
}


def announce_debit(*, instalment_id: UUID, generation: int, now: datetime) -> None:
    """Mail that an instalment will be debited soon, unless it no longer will be or the moment has passed."""
    instalment = get_instalment(instalment_id)
    is_coming = instalment.status == InstalmentStatus.SCHEDULED and instalment.due_at > now
    if is_coming and instalment.generation == generation:
        method = find_active_method(instalment.member_id)
        expires = method is not None and method.expires_on is not None and method.expires_on < instalment.due_at.date()
        template = "card_expires" if expires else "debit_soon"
        send(instalment, template, key=f"soon-{generation}", now=now, drop_after=instalment.due_at)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an instalment became, and the walk on which it did."""

    instalment_id: UUID
    status: str
    trace: str = ""


def tell(changes: Sequence[Change], *, now: datetime) -> None:
    """Mail what became of instalments, of each if that still holds.

    A decline is told the first time, and again only when nothing more will be tried without a new method.
    """
    told = [change for change in changes if change.status in _TEMPLATES]
    instalments = Instalment.objects.in_bulk([change.instalment_id for change in told])
    for change in told:
        instalment = instalments[change.instalment_id]
        if instalment.status == change.status:
            key = change.status if change.status == InstalmentStatus.RETRY_WAIT else _by_failure(instalment)
            with traced(change.trace):
                send(instalment, _TEMPLATES[InstalmentStatus(change.status)], key=key, now=now)


def _by_failure(instalment: Instalment) -> str:
    return f"{instalment.status}-{instalment.failures}"


def send(instalment: Instalment, template: str, *, key: str, now: datetime, drop_after: datetime | None = None) -> None:
    """Queue one of this slice's e-mails to the payer, once per `key` and instalment."""
    member = benefits.get_member(instalment.member_id)
    if not member.email:
        return
    queue_email(
        key=f"instalment:{instalment.pk}:{key}",
        to=member.email,
        template=f"billing/{template}",
        context={"instalment": instalment, "amount": dollars(instalment.amount_cents)},
        now=now,
        language=member.language,
        zone=member.timezone,
        drop_after=drop_after,
        reader_id=member.id,
    )


def tell_method_gone(*, payment_method_id: UUID, member_id: UUID, now: datetime) -> None:
    """Mail that another payment method is needed, if something is left to pay and none is stored."""
    instalment = find_next_instalment(member_id)
    if instalment is not None and find_active_method(member_id) is None:
        send(instalment, "method_needed", key=f"method-gone-{payment_method_id}", now=now)

"""E-mails about instalments: neutral words, the amount, a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from billing.payment_plans.models import Instalment, InstalmentStatus
from billing.payment_plans.queries import find_active_method, find_next_instalment, get_instalment
from workers.emails.queueing import Draft, draft_email, queue_all
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
    still = [change for change in told if instalments[change.instalment_id].status == change.status]
    members = benefits.get_members({instalments[change.instalment_id].member_id for change in still})
    drafts: list[Draft] = []
    for change in still:
        instalment = instalments[change.instalment_id]
        template = _TEMPLATES[InstalmentStatus(change.status)]
        with traced(change.trace):
            drafts += _drafted(instalment, template, members[instalment.member_id], key=_key(instalment), now=now)
    queue_all(drafts)


def _key(instalment: Instalment) -> str:
    """By what its state is told once; that it is tried again, once ever."""
    is_tried_again = instalment.status == InstalmentStatus.RETRY_WAIT
    return instalment.status if is_tried_again else f"{instalment.status}-{instalment.failures}"


def send(instalment: Instalment, template: str, *, key: str, now: datetime, drop_after: datetime | None = None) -> None:
    """Queue one of this slice's e-mails to the payer, once per `key` and instalment."""
    member = benefits.get_member(instalment.member_id)
    queue_all(_drafted(instalment, template, member, key=key, now=now, drop_after=drop_after))


def _drafted(
    instalment: Instalment,
    template: str,
    member: benefits.Member,
    *,
    key: str,
    now: datetime,
    drop_after: datetime | None = None,
) -> list[Draft]:
    """Return the e-mail, or none where its reader has no address."""
    if not member.email:
        return []
    draft = draft_email(
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
    return [draft]


def tell_method_gone(*, payment_method_id: UUID, member_id: UUID, now: datetime) -> None:
    """Mail that another payment method is needed, if something is left to pay and none is stored."""
    instalment = find_next_instalment(member_id)
    if instalment is not None and find_active_method(member_id) is None:
        send(instalment, "method_needed", key=f"method-gone-{payment_method_id}", now=now)

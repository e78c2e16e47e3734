"""Making a member's statement up from their own rows; row-level security shows each member theirs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from benefits import facade as benefits
from billing.payment_plans.models import (
    AttemptStatus,
    ChargeAttempt,
    PaymentMethod,
    PaymentPlan,
    Refund,
    RefundReason,
    RefundStatus,
)
from billing.quotes.models import Quote, QuoteStatus
from billing.statements.rules import Entry, EntryKind, Price, Standing, Statement
from workers.kernel.errors import NotFound

FIRST_YEAR, LAST_YEAR = 2000, 2199
_RECEIVED = {AttemptStatus.PAID: EntryKind.PAID, AttemptStatus.RETURNED: EntryKind.RETURNED}


def statement_of(member_id: UUID, *, year: int, now: datetime) -> Statement:
    """Return a member's year, by the calendar of their own zone. Raises NotFound for a year that none is."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound("There is no such year.")
    zone = ZoneInfo(benefits.get_member(member_id).timezone)
    begin, end = (datetime(each, 1, 1, tzinfo=zone).astimezone(UTC) for each in (year, year + 1))
    moved = [*_payments(member_id, begin, end, zone), *_refunds(member_id, begin, end, zone)]
    return Statement(
        year=year,
        made_at=now,
        zone=zone.key,
        prices=list(_prices(member_id, begin, end, zone)),
        entries=[entry for _, entry in sorted(moved, key=lambda one: one[0])],
        standing=_standing(member_id),
    )


def _prices(member_id: UUID, begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Price]:
    """What is agreed to now: a price that gave way to another is not owed any more."""
    agreed = Quote.objects.filter(member_id=member_id, status=QuoteStatus.ACCEPTED)
    for quote in agreed.filter(accepted_at__gte=begin, accepted_at__lt=end).order_by("accepted_at", "pk"):
        assert quote.accepted_at is not None
        yield Price(
            agreed_on=quote.accepted_at.astimezone(zone).date(),
            list_cents=quote.total_list_cents,
            discount_cents=quote.discount_cents,
            employer_cents=quote.employer_cents,
            own_cents=quote.member_cents,
        )


def _payments(
    member_id: UUID, begin: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[tuple[datetime, UUID], Entry]]:
    received = ChargeAttempt.objects.filter(member_id=member_id, status__in=_RECEIVED)
    for attempt in received.filter(paid_at__gte=begin, paid_at__lt=end).select_related("payment_method"):
        assert attempt.paid_at is not None
        yield (
            (attempt.paid_at, attempt.pk),
            Entry(
                on=attempt.paid_at.astimezone(zone).date(),
                kind=_RECEIVED[AttemptStatus(attempt.status)],
                cents=attempt.amount_cents,
                method=_known_as(attempt.payment_method),
            ),
        )


def _refunds(
    member_id: UUID, begin: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[tuple[datetime, UUID], Entry]]:
    """From the day on which each was approved; what Stripe refused never was."""
    approved = Refund.objects.filter(member_id=member_id).exclude(status=RefundStatus.REFUSED)
    for refund in approved.filter(created_at__gte=begin, created_at__lt=end).select_related("attempt__payment_method"):
        has_failed = refund.status == RefundStatus.FAILED
        yield (
            (refund.created_at, refund.pk),
            Entry(
                on=refund.created_at.astimezone(zone).date(),
                kind=EntryKind.REFUND_FAILED if has_failed else EntryKind.REFUNDED,
                cents=refund.amount_cents,
                method=_known_as(refund.attempt.payment_method),
            ),
        )


def _known_as(method: PaymentMethod) -> str:
    """ "visa •••• 4242", as the payments page names it."""
    return f"{method.name or method.kind} •••• {method.last4}" if method.last4 else method.name or method.kind


def _standing(member_id: UUID) -> Standing:
    mine = Q(member_id=member_id)
    lowered = Refund.objects.filter(mine, reason=RefundReason.PRICE_LOWERED).exclude(status=RefundStatus.REFUSED)
    kept = ChargeAttempt.objects.filter(mine, status=AttemptStatus.PAID, is_surplus=False)
    return Standing(
        agreed_cents=_sum(Quote.objects.filter(mine, status=QuoteStatus.ACCEPTED), "member_cents"),
        waived_cents=_sum(PaymentPlan.objects.filter(mine), "waived_cents"),
        paid_cents=_sum(kept, "amount_cents"),
        lowered_cents=_sum(lowered, "amount_cents"),
    )


def _sum(rows: QuerySet[Any], column: str) -> int:
    return int(rows.aggregate(cents=Sum(column))["cents"] or 0)

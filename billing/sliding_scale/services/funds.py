"""Subsidy funds: opening one, and what quotes take of it.

Whatever is taken is one UPDATE that compares with what is left, in the caller's transaction: two quotes that race for
the last cents wait for each other at the fund's row, and the later one finds them gone.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from billing.sliding_scale.models import SubsidyFund
from workers.kernel.errors import DomainError, Invalid, NotFound


class FundsOverlap(DomainError):
    """Another fund pays this programme's discounts in that period."""

    code = "funds_overlap"


class BudgetTaken(DomainError):
    """More than the new budget is reserved or spent already."""

    code = "budget_taken"


def open_fund(
    *, programme: str, starts_on: date, ends_on: date | None, budget_cents: int, now: datetime
) -> SubsidyFund:
    """Give a programme's discounts a budget (cents) for a period. Raises Invalid, FundsOverlap."""
    if ends_on is not None and ends_on < max(starts_on, now.date()):
        raise Invalid("This period is over.", errors={"ends_on": ["A fund ends today or later, and after it began."]})
    fund = SubsidyFund(
        programme=programme, starts_on=starts_on, ends_on=ends_on, budget_cents=budget_cents, created_at=now
    )
    try:
        with transaction.atomic():
            fund.save(force_insert=True)
    except IntegrityError as error:
        raise FundsOverlap("Another fund of this programme has that period: choose days outside it.") from error
    return fund


def set_budget(*, fund_id: UUID, budget_cents: int) -> SubsidyFund:
    """Change a fund's budget, not below what quotes have taken. Raises NotFound, BudgetTaken."""
    with transaction.atomic():
        fund = SubsidyFund.locked(pk=fund_id)
        taken = fund.reserved_cents + fund.spent_cents
        if budget_cents < taken:
            raise BudgetTaken(f"{taken} cents are reserved or spent: the budget cannot be less.", taken_cents=taken)
        fund.budget_cents = budget_cents
        fund.save(update_fields=["budget_cents"])
    return fund


def reserve(*, fund_id: UUID, cents: int) -> bool:
    """Take `cents` for an open quote, in the caller's transaction; False when that much is not left."""
    enough = SubsidyFund.objects.filter(pk=fund_id, budget_cents__gte=F("reserved_cents") + F("spent_cents") + cents)
    return enough.update(reserved_cents=F("reserved_cents") + cents) == 1


def spend(*, fund_id: UUID, cents: int) -> None:
    """What was reserved is spent: its quote was accepted; in the caller's transaction. Raises NotFound."""
    _move(fund_id, reserved=-cents, spent=cents)


def release(*, fund_id: UUID, cents: int) -> None:
    """Give back what was reserved: its quote expired or was replaced; in the caller's transaction. Raises NotFound."""
    _move(fund_id, reserved=-cents, spent=0)


def give_back(*, fund_id: UUID, cents: int) -> None:
    """Give back what was spent: another quote took the accepted one's place; in the caller's. Raises NotFound."""
    _move(fund_id, reserved=0, spent=-cents)


def _move(fund_id: UUID, *, reserved: int, spent: int) -> None:
    moved = SubsidyFund.objects.filter(pk=fund_id).update(
        reserved_cents=F("reserved_cents") + reserved, spent_cents=F("spent_cents") + spent
    )
    if not moved:
        raise NotFound("There is no such fund.")

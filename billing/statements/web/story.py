"""The money of a member's whole story, for an operator who gave a reason to look at it."""

from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast

from billing.payment_plans.models import Instalment, Refund
from billing.quotes.models import Quote
from referrals import facade as referrals
from workers.kernel import clock
from workers.kernel.web import Page

_SHOWN = 40


class StoryMoney(Page):
    """Prices, instalments and refunds of a member; a closed door while no reason counts."""

    template_name = "billing/panel_story_money.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The newest."""
        user: Any = self.request.user
        member_id = kwargs["member_id"]
        is_open = referrals.story_is_open_to(user.pk, member_id=member_id, now=clock.now())
        rows = _rows(member_id) if is_open else []
        return super().get_context_data(is_open=is_open, rows=rows, **kwargs)


def _rows(member_id: UUID) -> QuerySet[Any, Any]:
    """Each with `moment`, `table` (billing/words.py), `standing` and `sum`, the newest first; one statement."""
    instalments = Instalment.objects.filter(member_id=member_id)
    refunds = Refund.objects.filter(member_id=member_id)
    quotes = Quote.objects.filter(member_id=member_id)
    parts = (
        _part(instalments, "due_at", "instalment", "amount_cents"),
        _part(refunds, "created_at", "refund", "amount_cents"),
        _part(quotes, "created_at", "quote", "member_cents"),
    )
    return parts[0].union(*parts[1:], all=True).order_by("-moment")[:_SHOWN]


def _part(rows: QuerySet[Any], at: str, table: str, cents: str) -> QuerySet[Any, Any]:
    columns = {
        "moment": F(at),
        "table": Value(table),
        "standing": Cast(F("status"), CharField()),
        "sum": Cast(F(cents), BigIntegerField()),
    }
    found: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values(*columns)
    return found

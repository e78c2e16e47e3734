"""The operator's page of instalments that are not paid as they should be."""

from typing import Any

from django.db.models import Count, QuerySet, Sum

from billing.payment_plans.models import Instalment, InstalmentStatus
from workers.kernel import clock
from workers.kernel.web import Page, rows_of

_SIZE = 50
_BEHIND = (
    InstalmentStatus.RETRY_WAIT,
    InstalmentStatus.NEEDS_METHOD,
    InstalmentStatus.ACTION_REQUIRED,
    InstalmentStatus.DUE,
)


class Dunning(Page):
    """Instalments that failed, wait for another method, for a confirmation or for the payer's word; the oldest first.

    Nobody's care stops for it: what is here is for a friendly call.
    """

    template_name = "billing/dunning.html"
    roles = ("operator",)
    permission = "finance"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of them, and sums by state. Raises NotFound for a page that is none."""
        behind = Instalment.objects.filter(status__in=_BEHIND)
        page = rows_of(self.request, behind, ordering=("due_at", "id"), size=_SIZE)
        return super().get_context_data(page=page, sums=_sums(behind), now=clock.now(), **kwargs)


def _sums(behind: QuerySet[Instalment]) -> list[dict[str, Any]]:
    by_status = behind.order_by("status").values("status")
    counted = by_status.annotate(count=Count("id"), cents=Sum("amount_cents"))
    return [dict(row) for row in counted]

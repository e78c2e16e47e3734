"""How much of the money waits for a person."""

from typing import Any

from billing.payment_plans.models import Instalment, InstalmentStatus
from billing.reconciliation.models import Difference, DifferenceStatus
from billing.work_items.queries import list_items
from workers.kernel import clock
from workers.kernel.web import LivePanel

_FAILED = (InstalmentStatus.RETRY_WAIT, InstalmentStatus.NEEDS_METHOD, InstalmentStatus.ACTION_REQUIRED)


class LiveMoney(LivePanel):
    """What is to be decided, what failed, and what differs."""

    template_name = "billing/live_money.html"
    roles = ("operator",)
    permission = "finance"
    name = "panel-live-money"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As of now."""
        items = list_items(is_open=True)
        return super().get_context_data(
            to_decide=items.count(),
            overdue=items.filter(due_at__lt=clock.now()).count(),
            failed=Instalment.objects.filter(status__in=_FAILED).count(),
            differences=Difference.objects.filter(status=DifferenceStatus.OPEN).count(),
            **kwargs,
        )

"""The operator's page of urgent screenings."""

from typing import Any

from referrals.screening.queries import list_urgent
from workers.kernel.web import Page

_SHOWN = 100


class Urgent(Page):
    """Urgent screenings that nobody has taken up."""

    template_name = "referrals/urgent_screenings.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Oldest first: who waited longest is called first."""
        return super().get_context_data(cases=list_urgent().order_by("raised_at")[:_SHOWN], shown=_SHOWN, **kwargs)

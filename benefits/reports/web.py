"""HR's page of headcounts."""

from typing import Any

from benefits.reports.queries import headcounts
from benefits.reports.rules import SMALLEST_CELL
from workers.kernel import clock
from workers.kernel.web import Page


class Headcounts(Page):
    """How many members each plan covers today; never who uses it."""

    template_name = "benefits/enrollment.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The headcounts of today."""
        today = clock.now().date()
        user: Any = self.request.user
        plans = headcounts(user.employer_id, on=today)
        return super().get_context_data(today=today, smallest_cell=SMALLEST_CELL, plans=plans, **kwargs)

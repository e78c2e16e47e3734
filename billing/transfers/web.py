"""A clinic's pages of what it is paid: its months, and one of them with its sessions."""

from typing import Any

from billing.transfers import queries
from workers.kernel.web import Page, rows_of

_SIZE = 24


class ClinicStatements(Page):
    """The clinic's months, the newest first."""

    template_name = "billing/clinic_statements.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Row-level security leaves the clinic's own. Raises NotFound for a page that is none."""
        page = rows_of(self.request, queries.list_batches(), ordering=("-month", "-id"), size=_SIZE)
        return super().get_context_data(page=page, **kwargs)


class ClinicStatement(Page):
    """One month: each session at its list price, what the month before carried over, and what is transferred."""

    template_name = "billing/clinic_statement.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another clinic's."""
        batch = queries.get_batch(kwargs.pop("statement_id"))
        return super().get_context_data(batch=batch, lines=batch.lines.all(), **kwargs)

"""HR's page of change-sets."""

from typing import Any

from benefits.eligibility.queries import list_change_sets
from workers.kernel.web import Page

_SHOWN = 50


class Files(Page):
    """The newest change-sets, through which door they came, and what became of them."""

    template_name = "benefits/eligibility_files.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The change-sets, newest first."""
        return super().get_context_data(change_sets=list_change_sets()[:_SHOWN], shown=_SHOWN, **kwargs)

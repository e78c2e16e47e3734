"""HR's page of eligibility files."""

from typing import Any

from benefits.eligibility.queries import list_files
from workers.kernel.web import Page

_SHOWN = 50


class Files(Page):
    """The newest files, and what became of them."""

    template_name = "benefits/eligibility_files.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The files, newest first."""
        return super().get_context_data(files=list_files()[:_SHOWN], shown=_SHOWN, **kwargs)

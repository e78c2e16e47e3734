"""What the care is, in our own words, with its sources (docs/facts.md) and where these disagree."""

from typing import Any

from referrals.screening.queries import find_draft
from workers.kernel.web import Page


class AboutCare(Page):
    """Therapy with ketamine and infusions side by side, what they ask of one, what is not agreed on, and the way in."""

    template_name = "referrals/care.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the member has begun to answer."""
        user: Any = self.request.user
        return super().get_context_data(has_begun=find_draft(user.member_id) is not None, **kwargs)

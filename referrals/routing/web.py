"""Why which clinic was asked, on the member's page of their referral."""

from typing import Any

from benefits import facade as benefits
from referrals.requests.queries import get_request
from referrals.routing.queries.decisions import explain_to_member, list_decisions
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.web import Page, language


class ExplanationPanel(Page):
    """Each choice of a clinic in sentences, the latest first; nothing before the first one."""

    template_name = "referrals/panel_explanation.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's request."""
        request = get_request(kwargs["request_id"])
        with acting_as(WORKER):  # decisions hold what members may not see: clinics' numbers
            said = [(one.decided_at, explain_to_member(one, language())) for one in list_decisions(request.pk)]
        return super().get_context_data(choices=said[::-1], zone=benefits.zone_of(self.request), **kwargs)

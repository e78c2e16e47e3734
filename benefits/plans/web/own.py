"""HR's page of what was agreed and proposed: each plan in plain words, with the versions before and after it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.accounts.models import HrPermission
from benefits.plans import queries, services
from benefits.plans.forms import WithdrawForm
from benefits.plans.models import Plan
from benefits.plans.rules import PlanStatus
from benefits.plans.web.words import differing, in_words
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page

_MOST = 200
SOON = 90  # days before its end in which a plan without a renewal is pointed out


class OwnPlans(Page):
    """What each plan pays, for whom, until when, and how it goes on; nothing of who uses it."""

    template_name = "benefits/plans.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In force first, then to come, then over; beside them what was proposed, the newest proposal of each."""
        today = clock.now().date()
        plans = list(queries.list_plans().order_by("starts_on", "priority")[:_MOST])
        agreed = [plan for plan in plans if plan.status == PlanStatus.AGREED and not _never_was(plan)]
        proposed = sorted((plan for plan in plans if plan.proposed_at), key=lambda plan: plan.pk)  # ids are in time
        proposals = {plan.lineage_id: plan for plan in proposed}
        shown = [_shown(plan, agreed, proposals.get(plan.lineage_id), today) for plan in agreed]
        order = ("now", "later", "over")
        return super().get_context_data(
            plans=sorted(shown, key=lambda one: order.index(one["when"])),
            is_owner=HrPermission.OWNER in getattr(self.request.user, "permissions", ()),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Withdraw a proposal, unless it changed meanwhile. Raises NotFound."""
        form = WithdrawForm(request.POST)
        user: Any = request.user
        if not form.is_valid() or HrPermission.OWNER not in user.permissions:
            raise NotFound("There is nothing to do here.")
        told = form.cleaned_data
        try:
            services.discard(plan_id=told["plan_id"], expected=told["seen"], by=user.pk, now=clock.now())
        except NotFound:
            raise
        except DomainError:
            messages.error(request, _("It changed meanwhile. Look at it again."))
        else:
            messages.success(request, _("Withdrawn. The plan ends as agreed, unless you propose its renewal anew."))
        return redirect("page-plans")


def _never_was(plan: Plan) -> bool:
    """Whether it was superseded before it began."""
    return plan.ends_on is not None and plan.ends_on < plan.starts_on


def _shown(plan: Plan, agreed: Sequence[Plan], proposal: Plan | None, today: date) -> dict[str, Any]:
    is_over = plan.ends_on is not None and plan.ends_on < today
    is_followed = _is_followed(plan.lineage_id, plan.starts_on, agreed)
    days_left = (plan.ends_on - today).days if plan.ends_on else None
    return {
        **in_words(plan),
        "when": "over" if is_over else "later" if plan.starts_on > today else "now",
        "is_followed": is_followed,
        "ends_soon": days_left is not None and 0 <= days_left <= SOON and not is_followed,
        "can_be_renewed": plan.ends_on is not None and not is_followed,
        **(_proposed_of(plan, proposal) if proposal and not is_followed else {}),
    }


def _proposed_of(plan: Plan, proposal: Plan) -> dict[str, Any]:
    """What waits for an operator, or was declined last."""
    if proposal.status == PlanStatus.DRAFT:
        return {"proposal": proposal, "differs": differing(plan.terms(), proposal.terms())}
    return {"declined": proposal} if proposal.declined_because else {}


def _is_followed(lineage_id: UUID, starts_on: date, agreed: Sequence[Plan]) -> bool:
    return any(one.lineage_id == lineage_id and one.starts_on > starts_on for one in agreed)

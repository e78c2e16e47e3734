"""HR's page of what was agreed: each plan in plain words, with the versions before and after it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from benefits.plans import queries
from benefits.plans.models import Plan
from benefits.plans.rules import PlanStatus
from workers.kernel import clock
from workers.kernel.money import dollars
from workers.kernel.web import Page

_MOST = 200
SOON = 90  # days before its end in which a plan without a renewal is pointed out
ROUTE_WORDS = {
    "iv": _("Infusion into a vein"),
    "im": _("Injection into a muscle"),
    "sublingual": _("Lozenge under the tongue"),
    "nasal": _("Nasal spray"),
}
FORMAT_WORDS = {"individual": _("Alone with the therapist"), "group": _("In a small group")}
KIND_WORDS = {
    "consultation": _("Medical consultation"),
    "preparation": _("Preparation"),
    "dosing": _("Treatment session"),
    "integration": _("Integration"),
    "follow_up": _("Follow-up"),
}


class OwnPlans(Page):
    """What each plan pays, for whom, until when, and whether it is renewed; nothing of who uses it."""

    template_name = "benefits/plans.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In force first, then to come, then over."""
        today = clock.now().date()
        plans = list(queries.list_plans().filter(status=PlanStatus.AGREED).order_by("starts_on", "priority")[:_MOST])
        shown = [_shown(plan, plans, today) for plan in plans if not _never_was(plan)]
        order = ("now", "later", "over")
        return super().get_context_data(plans=sorted(shown, key=lambda one: order.index(one["when"])), **kwargs)


def _never_was(plan: Plan) -> bool:
    """Whether it was superseded before it began."""
    return plan.ends_on is not None and plan.ends_on < plan.starts_on


def _shown(plan: Plan, plans: Sequence[Plan], today: date) -> dict[str, Any]:
    is_over = plan.ends_on is not None and plan.ends_on < today
    is_followed = _is_followed(plan.lineage_id, plan.starts_on, plans)
    days_left = (plan.ends_on - today).days if plan.ends_on else None
    return {
        "plan": plan,
        "when": "over" if is_over else "later" if plan.starts_on > today else "now",
        "is_followed": is_followed,
        "ends_soon": days_left is not None and 0 <= days_left <= SOON and not is_followed,
        "annual_cap": dollars(plan.annual_cap_cents),
        "lifetime_cap": "" if plan.lifetime_cap_cents is None else dollars(plan.lifetime_cap_cents),
        "deductible": dollars(plan.deductible_cents) if plan.deductible_cents else "",
        "routes": [ROUTE_WORDS.get(code, code) for code in plan.covered_routes],
        "formats": [FORMAT_WORDS.get(code, code) for code in plan.covered_formats],
        "contributions": [_contribution(one) for one in plan.contributions.all()],
    }


def _is_followed(lineage_id: UUID, starts_on: date, plans: Sequence[Plan]) -> bool:
    return any(one.lineage_id == lineage_id and one.starts_on > starts_on and not _never_was(one) for one in plans)


def _contribution(one: Any) -> dict[str, Any]:
    return {
        "kind": KIND_WORDS.get(one.session_kind, one.session_kind),
        "percent": one.percent,
        "fixed": "" if one.fixed_cents is None else dollars(one.fixed_cents),
        "cap": "" if one.annual_cap_cents is None else dollars(one.annual_cap_cents),
        "sessions": one.sessions_per_year,
    }

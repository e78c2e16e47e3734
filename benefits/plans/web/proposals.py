"""An operator's page of what employers propose: what would be other, and a form that agrees or declines."""

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.plans import queries, services
from benefits.plans.forms import DeclineForm, WithdrawForm
from benefits.plans.models import Plan
from benefits.plans.web.words import differing, in_words
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import LivePanel, Page

_MOST = 25


class Proposals(Page):
    """Renewals that employers propose, what begins first on top."""

    template_name = "benefits/proposals.html"
    roles = ("operator",)
    permission = "finance"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With a form for each; that which was refused says why."""
        refused: DeclineForm | None = kwargs.pop("refused", None)
        plans = list(queries.list_proposals()[:_MOST])
        former = {lineage: versions[0] for lineage, versions in queries.lineages_of(plans).items() if versions}
        prefetch_related_objects(list(former.values()), "contributions")
        shown = [_shown(plan, former.get(plan.lineage_id, plan), refused) for plan in plans]
        return super().get_context_data(proposals=shown, now=clock.now(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Agree to one, or decline it. Raises NotFound."""
        agrees = request.POST.get("decision") == "agree"
        form = WithdrawForm(request.POST) if agrees else DeclineForm(request.POST, auto_id=_auto_id(request.POST))
        if {"plan_id", "seen"} & set(form.errors):
            raise NotFound("There is no such proposal.")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(refused=form), status=422)
        self._decide(agrees, form.cleaned_data)
        return redirect("page-proposals")

    def _decide(self, agrees: bool, told: dict[str, Any]) -> None:
        user: Any = self.request.user
        about: dict[str, Any] = {"plan_id": told["plan_id"], "expected": told["seen"], "by": user.pk}
        try:
            if agrees:
                services.agree(**about, now=clock.now())
            else:
                services.decline(**about, reason=told["reason"], now=clock.now())
        except NotFound:
            raise
        except services.PlansOverlap:
            messages.error(self.request, _("Another plan is in force in that period: agree on its end first."))
        except DomainError:
            messages.error(self.request, _("It was changed or decided on meanwhile, or its time went by."))
        else:
            messages.success(self.request, _("Decided. The employer’s admins read it on the page of their plans."))


class LiveProposals(LivePanel):
    """How many renewals wait."""

    template_name = "benefits/live_proposals.html"
    roles = ("operator",)
    permission = "finance"
    name = "panel-live-proposals"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As of now."""
        return super().get_context_data(waiting=queries.list_proposals().count(), **kwargs)


def _shown(plan: Plan, former: Plan, refused: DeclineForm | None) -> dict[str, Any]:
    told = {"plan_id": plan.pk, "seen": plan.revision_tag}
    is_refused = refused is not None and refused.data.get("plan_id") == str(plan.pk)
    return {
        **in_words(plan),
        "differs": differing(former.terms(), plan.terms()),
        "form": refused if is_refused else DeclineForm(initial=told, auto_id=_auto_id(told)),
    }


def _auto_id(told: Any) -> str:
    return f"id_{told.get('plan_id', '')}_%s"

"""An owner's page on which a plan's next version is proposed, and changed until an operator agreed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from benefits.accounts.models import HrPermission
from benefits.plans import queries, services
from benefits.plans.forms import RenewalForm
from benefits.plans.models import Plan
from benefits.plans.rules import PlanStatus, Terms, following
from benefits.plans.web.words import in_words
from workers.kernel import clock
from workers.kernel.errors import ChangedMeanwhile, DomainError, NotFound
from workers.kernel.web import Page, translated


class Renewal(Page):
    """This year's terms as a form for the next: of an agreed plan to propose them, of a proposal to change it."""

    template_name = "benefits/renewal.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for who is no owner, and for what cannot be renewed."""
        plan = self._plan(kwargs["employer_plan_id"])
        terms = _to_propose(plan)
        kwargs.setdefault("form", RenewalForm(initial=RenewalForm.told_by(terms) | {"seen": plan.revision_tag}))
        return super().get_context_data(
            plan=plan, starts_on=terms.starts_on, contributions=in_words(plan)["contributions"], **kwargs
        )

    def post(self, request: HttpRequest, employer_plan_id: UUID) -> HttpResponse:
        """Propose, or change what was proposed; what is refused is said, and nothing typed is lost. Raises NotFound."""
        plan, form = self._plan(employer_plan_id), RenewalForm(request.POST)
        if form.is_valid() and self._is_saved(plan, form):
            messages.success(request, _("Proposed. Nothing changes until we agreed; our answer stands here."))
            return redirect("page-plans")
        return self.render_to_response(self.get_context_data(employer_plan_id=employer_plan_id, form=form), status=422)

    def _is_saved(self, plan: Plan, form: RenewalForm) -> bool:
        user: Any = self.request.user
        about: dict[str, Any] = {"plan_id": plan.pk, "changes": form.changes(), "by": user.pk, "now": clock.now()}
        try:
            if plan.status == PlanStatus.AGREED:
                services.renew(**about, is_proposal=True)
            else:
                services.change(**about, expected=form.cleaned_data["seen"])
        except NotFound:
            raise
        except DomainError as error:
            _explain(form, error)
            return False
        return True

    def _plan(self, plan_id: UUID) -> Plan:
        plan = queries.get_plan(plan_id)
        is_owner = HrPermission.OWNER in getattr(self.request.user, "permissions", ())
        can_be_renewed = plan.status == PlanStatus.AGREED and plan.ends_on is not None
        if not is_owner or not (can_be_renewed or plan.status == PlanStatus.DRAFT):
            raise NotFound("There is nothing to do here.")
        return plan


def _to_propose(plan: Plan) -> Terms:
    return following(plan.terms(), plan.years_from) if plan.status == PlanStatus.AGREED else plan.terms()


def _explain(form: RenewalForm, error: DomainError) -> None:
    """Say what is wrong beside what was typed, or above."""
    wrong: Mapping[str, list[str]] = error.extra.get("errors", {})
    for field, reasons in wrong.items():
        form.add_error(field if field in form.fields else None, [gettext(reason) for reason in reasons])
    if isinstance(error, ChangedMeanwhile):
        form.add_error(None, _("Somebody changed it since you opened this page: open it again."))
    elif isinstance(error, services.AlreadyProposed):
        form.add_error(None, _("Another of you proposed a renewal already: you find it on the page of your plans."))
    elif not wrong:
        form.add_error(None, translated(str(error)))

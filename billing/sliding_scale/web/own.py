"""The member's pages of their income, which may lower what the care costs them: declaring, evidence, appeals."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits import facade as benefits
from billing.sliding_scale.forms import AppealForm, EvidenceForm, IncomeForm
from billing.sliding_scale.models import AppealStatus, DocumentStatus, IncomeDeclaration
from billing.sliding_scale.queries import current_declaration, discount_of, get_declaration, list_declarations
from billing.sliding_scale.rules import Region, Standing
from billing.sliding_scale.services import declaring
from workers.kernel import clock
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.web import Page, translated

_SHOWN = 5
STANDING_WORDS = {
    Standing.PROVISIONAL: gettext_lazy("Counts, until its evidence is due"),
    Standing.DOCUMENTED: gettext_lazy("Counts, evidence was seen"),
    Standing.LAPSED: gettext_lazy("Counts no more: no evidence came"),
    Standing.EXPIRED: gettext_lazy("Counts no more: a year is over"),
}
_REGIONS = {"AK": Region.ALASKA, "HI": Region.HAWAII}


class OwnIncome(Page):
    """What the member declared, what it takes off, until when it counts; and declaring anew."""

    template_name = "billing/income.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The amounts are not shown again: whoever looks over a shoulder learns none."""
        user: Any = self.request.user
        member = benefits.get_member(user.member_id)
        kwargs.setdefault("form", IncomeForm(initial={"region": _REGIONS.get(member.state, Region.CONTIGUOUS)}))
        current = current_declaration(user.member_id, now=clock.now())
        declared = [_shown(each, current) for each in list_declarations()[:_SHOWN]]
        return super().get_context_data(declared=declared, zone=member.timezone, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Declare; what cannot be is said beside its field."""
        user: Any = request.user
        form = IncomeForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            declaring.declare(
                member_id=user.member_id, employer_id=user.employer_id, now=clock.now(), **form.declared()
            )
        except Invalid as error:
            form.add_error(None, translated(str(error)))
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, _("Declared. Prices that you ask for from now on take it into account."))
        return redirect("page-income")


class AboutDeclaration(Page):
    """A page with one form about one of the member's declarations."""

    roles = ("employee",)
    form_class: type[forms.Form]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the declaration, as it stands. Raises NotFound, also for another's."""
        user: Any = self.request.user
        declaration = get_declaration(kwargs["declaration_id"], member_id=user.member_id)
        current = current_declaration(user.member_id, now=clock.now())
        kwargs.setdefault("form", self.form_class())
        zone = benefits.zone_of(self.request)
        return super().get_context_data(one=_shown(declaration, current), zone=zone, **kwargs)

    def post(self, request: HttpRequest, declaration_id: UUID) -> HttpResponse:
        """Send what was typed; what cannot be is said, and nothing typed is lost."""
        form = self.form_class(request.POST, request.FILES)
        if not form.is_valid():
            return self._refused(form, declaration_id, 422)
        user: Any = request.user
        try:
            self.send({"declaration_id": declaration_id, "member_id": user.member_id, "now": clock.now()}, form)
        except DomainError as refusal:
            if refusal.code not in _REFUSALS:
                raise
            form.add_error(None, _REFUSALS[refusal.code])
            return self._refused(form, declaration_id, refusal.status)
        messages.success(request, _("It came in. The answer appears on this page."))
        return redirect("page-income")

    def send(self, about: dict[str, Any], form: forms.Form) -> None:
        """Do it. Raises DomainError."""
        raise NotImplementedError

    def _refused(self, form: forms.Form, declaration_id: UUID, status: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form, declaration_id=declaration_id), status=status)


class OwnEvidence(AboutDeclaration):
    """Sending in a document that shows the income."""

    template_name = "billing/income_evidence.html"
    form_class = EvidenceForm

    def send(self, about: dict[str, Any], form: forms.Form) -> None:
        """Keep the file until somebody has decided on it."""
        declaring.upload_evidence(**about, kind=form.cleaned_data["kind"], content=form.cleaned_data["file"])


class OwnAppeal(AboutDeclaration):
    """Objecting to what a declaration gave."""

    template_name = "billing/income_appeal.html"
    form_class = AppealForm

    def send(self, about: dict[str, Any], form: forms.Form) -> None:
        """An operator decides, and says why."""
        declaring.appeal(**about, grounds=form.cleaned_data["grounds"])


_REFUSALS = {
    "evidence_too_late": gettext_lazy("This declaration counts no more. Declare your income anew, then send evidence."),
    "evidence_pending": gettext_lazy("A document of yours is being looked at. Wait for the answer."),
    "appeal_pending": gettext_lazy("Your appeal is being looked at. Wait for the answer."),
    "invalid": gettext_lazy("This is no PDF, JPEG or PNG of at most 5 MB."),
}


def _shown(declaration: IncomeDeclaration, current: IncomeDeclaration | None) -> dict[str, Any]:
    now = clock.now()
    standing = Standing(declaration.standing_at(now))
    counts = current is not None and declaration.pk == current.pk
    is_former = not counts and standing in (Standing.PROVISIONAL, Standing.DOCUMENTED)
    documents, appeals = list(declaration.documents.all()), list(declaration.appeals.all())
    is_waiting = any(one.status == DocumentStatus.SUBMITTED for one in documents)
    return {
        "id": declaration.pk,
        "documents": documents,
        "appeals": appeals,
        "can_send": counts and standing == Standing.PROVISIONAL and not is_waiting,
        "can_appeal": counts and all(one.status != AppealStatus.OPEN for one in appeals),
        "standing": _("A newer one counts") if is_former else STANDING_WORDS[standing],
        "code": "active" if counts else "ended",
        "percent": discount_of(declaration, on=now.date()).percent if counts else 0,
        "counts": counts,
        "declared_at": declaration.declared_at,
        "evidence_due_at": declaration.evidence_due_at if standing == Standing.PROVISIONAL else None,
        "is_sent": declaration.evidence_sent_at is not None,
        "valid_until": declaration.valid_until,
    }

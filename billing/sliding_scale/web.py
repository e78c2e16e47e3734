"""The member's page of their income, which may lower what the care costs them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits import facade as benefits
from billing.sliding_scale.forms import IncomeForm
from billing.sliding_scale.models import IncomeDeclaration
from billing.sliding_scale.queries import current_declaration, discount_of, list_declarations
from billing.sliding_scale.rules import Region, Standing
from billing.sliding_scale.services import declaring
from workers.kernel import clock
from workers.kernel.errors import Invalid
from workers.kernel.web import Page

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
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, _("Declared. Prices that you ask for from now on take it into account."))
        return redirect("page-income")


def _shown(declaration: IncomeDeclaration, current: IncomeDeclaration | None) -> dict[str, Any]:
    now = clock.now()
    standing = Standing(declaration.standing_at(now))
    counts = current is not None and declaration.pk == current.pk
    is_former = not counts and standing in (Standing.PROVISIONAL, Standing.DOCUMENTED)
    return {
        "standing": _("A newer one counts") if is_former else STANDING_WORDS[standing],
        "code": "active" if counts else "ended",
        "percent": discount_of(declaration, on=now.date()).percent if counts else 0,
        "counts": counts,
        "declared_at": declaration.declared_at,
        "evidence_due_at": declaration.evidence_due_at if standing == Standing.PROVISIONAL else None,
        "is_sent": declaration.evidence_sent_at is not None,
        "valid_until": declaration.valid_until,
    }

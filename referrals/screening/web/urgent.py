"""The operator's page of urgent screenings."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.screening.queries import list_urgent
from referrals.screening.services.urgent import acknowledge
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.web import Page

_SHOWN = 100


class CaseForm(forms.Form):
    """Which one is taken up."""

    case_id = forms.UUIDField()


class Urgent(Page):
    """Urgent screenings that nobody has taken up, and taking one up before one contacts them."""

    template_name = "referrals/urgent_screenings.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Oldest first: who waited longest comes first."""
        cases = list_urgent().order_by("raised_at")[:_SHOWN]
        return super().get_context_data(cases=cases, shown=_SHOWN, now=clock.now(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Record who contacts them; of two at once, one does, and the other is told. Raises NotFound."""
        form = CaseForm(request.POST)
        if not form.is_valid():
            raise NotFound("There is no such case.")
        user: Any = request.user
        case = acknowledge(case_id=form.cleaned_data["case_id"], operator_id=user.pk, now=clock.now())
        if case.acknowledged_by == user.pk:
            messages.success(request, _("You have taken it up. How to reach them is in their story."))
            return redirect("page-member-story", member_id=case.member_id)
        messages.warning(request, _("A colleague has taken it up before you."))
        return redirect(request.path)

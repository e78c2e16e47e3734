"""Differences between Stripe and the ledger, each with what to do about it and a form that does it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.ledger.rules import Account
from billing.ledger.services import Signature
from billing.reconciliation import queries
from billing.reconciliation.models import DifferenceStatus
from billing.reconciliation.rules import REMEDIES, DifferenceKind
from billing.reconciliation.services.resolving import resolve
from billing.words import WORDS
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, rows_of, translated

_SIZE = 25


class ResolutionForm(forms.Form):
    """Which account bears it, and how it came about."""

    difference_id = forms.UUIDField(widget=forms.HiddenInput)
    account = forms.ChoiceField(
        label=gettext_lazy("Account that bears it"),
        choices=[("", "–"), *((one.value, WORDS["account"][one]) for one in Account if one != Account.STRIPE_BALANCE)],
        required=False,
    )
    reason = forms.CharField(label=gettext_lazy("How it came about"), max_length=300)


class Differences(Page):
    """What is open, the newest first."""

    template_name = "billing/differences.html"
    roles = ("operator",)
    permission = "finance"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of them with their remedies. Raises NotFound for a page that is none."""
        found = queries.list_differences().filter(status=DifferenceStatus.OPEN)
        page = rows_of(self.request, found, ordering="-id", size=_SIZE)
        refused = kwargs.pop("refused", None)
        rows = [(one, REMEDIES[DifferenceKind(one.kind)], _form_of(one.pk, refused)) for one in page.rows]
        return super().get_context_data(page=page, rows=rows, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Bring the ledger to what Stripe says, by a journal under the operator's name. Raises NotFound."""
        form = ResolutionForm(request.POST, auto_id=f"id_{request.POST.get('difference_id', '')}_%s")
        user: Any = request.user
        if not form.is_valid():
            return self._again(form, 422)
        told = form.cleaned_data
        try:
            resolve(
                difference_id=told["difference_id"],
                account=Account(told["account"]) if told["account"] else None,
                signature=Signature(user_id=user.pk, reason=told["reason"]),
                now=clock.now(),
            )
        except NotFound:
            raise
        except DomainError as refusal:
            form.add_error("account", _refusal(refusal))
            return self._again(form, refusal.status)
        messages.success(request, _("Resolved: the ledger says what Stripe says."))
        return redirect("page-differences")

    def _again(self, form: ResolutionForm, status: int) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(refused=form), status=status)


def _refusal(refusal: DomainError) -> str:
    return {
        "difference_resolved": _("Somebody resolved it meanwhile: load the page again."),
        "invalid": _("Name the account that bears it."),
    }.get(refusal.code, translated(str(refusal)))


def _form_of(difference_id: Any, refused: ResolutionForm | None) -> ResolutionForm:
    if refused is not None and refused.data.get("difference_id") == str(difference_id):
        return refused
    return ResolutionForm(initial={"difference_id": difference_id}, auto_id=f"id_{difference_id}_%s")

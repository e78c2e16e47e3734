"""HR's page of where its admins sign in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.employers.queries import list_domains
from benefits.employers.web import OwnersPage
from benefits.sign_on import services
from benefits.sign_on.forms import SignOnForm
from benefits.sign_on.models import Protocol, SignOn
from benefits.sign_on.queries import get_sign_on
from benefits.sign_on.services.entering import acs_url, entity_id, redirect_uri
from workers.kernel import clock
from workers.kernel.errors import ChangedMeanwhile, DomainError, NotFound
from workers.kernel.web import translated

_NONE_SO_FAR = "*"
_TOLD = ("protocol", "issuer", "client_id", "sso_url", "certificates", "trusts_mfa", "is_required")


class SignOnSettings(OwnersPage):
    """The employer's provider: what it needs to know of us, and what we know of it. Everybody reads, owners change."""

    template_name = "benefits/sign_on.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without a provider admins sign in by password, and the page says how to change that."""
        user: Any = self.request.user
        sign_on = _find(user.employer_id)
        kwargs.setdefault("form", SignOnForm(initial=_initial(sign_on)))
        return super().get_context_data(
            sign_on=sign_on,
            starts_at=entity_id(sign_on.pk) if sign_on else "",
            redirect_uri=_comes_back_to(sign_on) if sign_on else "",
            has_domain=list_domains(user.employer_id).exists(),
            is_owner=self.is_owner(),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set it up, change it, or remove it. Raises NotFound."""
        owner = self.owner()
        about: dict[str, Any] = {"employer_id": owner.employer_id, "by": owner.pk, "now": clock.now()}
        if request.POST.get("action") == "remove":
            try:
                services.remove(**about, expected=request.POST.get("seen", ""))
            except ChangedMeanwhile as error:
                messages.error(request, translated(str(error)))
            else:
                messages.success(request, _("Removed. Admins sign in with their passwords."))
            return redirect("page-sign-on")
        form = SignOnForm(request.POST)
        if form.is_valid():
            told = dict(form.cleaned_data)
            try:
                services.configure(**about, expected=told.pop("seen"), provider=services.Provider(**told))
            except DomainError as error:
                _refuse(form, error)
            else:
                messages.success(request, _("Saved. Try it in another browser before you sign out here."))
                return redirect("page-sign-on")
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _refuse(form: SignOnForm, error: DomainError) -> None:
    wrong = error.extra.get("errors")
    if isinstance(wrong, dict):
        for name, sentences in wrong.items():
            form.add_error(name if name in form.fields else None, [translated(one) for one in sentences])
    else:
        form.add_error(None, translated(str(error)))


def _find(employer_id: Any) -> SignOn | None:
    try:
        return get_sign_on(employer_id)
    except NotFound:
        return None


def _initial(sign_on: SignOn | None) -> dict[str, Any]:
    if sign_on is None:
        return {"seen": _NONE_SO_FAR}
    return {**{name: getattr(sign_on, name) for name in _TOLD}, "seen": sign_on.revision_tag}


def _comes_back_to(sign_on: SignOn) -> str:
    return acs_url(sign_on.pk) if sign_on.protocol == Protocol.SAML else redirect_uri(sign_on.pk)

"""Home, leaving at once, and pages that allauth has not: an invitation, a reset link's door, second factors."""

from typing import Any

from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from benefits.accounts import services
from benefits.accounts.forms import ActivationForm
from benefits.accounts.models import Invitation
from benefits.accounts.queries import find_open_invitation
from benefits.accounts.sessions import end_other_browsers, list_browsers
from workers.kernel import clock
from workers.kernel.web import Page, language, translated


class Home(Page):
    """Who is signed in, and where they can go from here."""

    template_name = "benefits/home.html"


class SignedIn(Page):
    """The browsers in which the reader is signed in, and a way to end all others."""

    template_name = "benefits/signed_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The latest first; keys are shown to nobody."""
        own = self.request.session.session_key
        user: Any = self.request.user
        browsers = [(one.seen_at, one.key == own) for one in list_browsers(user.pk)]
        has_others = any(not is_own for seen_at, is_own in browsers)
        return super().get_context_data(browsers=browsers, has_others=has_others, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """End every other session, at once."""
        user: Any = request.user
        end_other_browsers(user.pk, keep=request.session.session_key or "")
        messages.success(request, _("Signed out everywhere else."))
        return redirect("page-signed-in")


@method_decorator(csrf_exempt, name="dispatch")
class Leave(View):
    """The way out, for whoever must not be seen here: signed out, and on a page about the weather.

    It needs no token, for it has to work from a page that lay open for long; a form elsewhere brings no session
    with it (SameSite), and so signs nobody out. A redirect would be held up by `form-action`, hence Refresh.
    """

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with an empty page that leads on; going back leads to the sign-in page."""
        logout(request)
        headers = {"Refresh": f"0; url={settings.QUICK_EXIT_URL}", "Clear-Site-Data": '"cache", "storage"'}
        return HttpResponse("<!DOCTYPE html><title>…</title>", headers=headers)


class Activate(View):
    """An invitation becomes an account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for a password, or say what to do about a link that no longer works."""
        token = request.GET.get("token", "")
        invitation = find_open_invitation(token, now=clock.now())
        if invitation is None:
            return _gone(request)
        form = ActivationForm(initial={"token": token}, invitation=invitation, language=language())
        return _asked(request, form, invitation)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Accept once, and lead to the sign-in page; whoever was signed in in this browser is out."""
        invitation = find_open_invitation(request.POST.get("token", ""), now=clock.now())
        if invitation is None:
            return _gone(request)
        form = ActivationForm(request.POST, invitation=invitation, language=language())
        try:
            is_made = _accept(form) if form.is_valid() else False
        except services.InvitationNotValid:  # an invitation that was mailed to somebody who has an account
            return _gone(request)
        if not form.is_valid():
            return _asked(request, form, invitation)
        logout(request)
        messages.success(
            request,
            _("Your account is ready. Sign in with your e-mail address and your password.")
            if is_made
            else _("Almost done. We have written to that address: open the link there to go on."),
        )
        return redirect("account_login")


def _accept(form: ActivationForm) -> bool:
    """Whether there is an account now; a form that the service refuses shows why."""
    try:
        return services.accept(**form.cleaned_data, now=clock.now()) is not None
    except services.WeakPassword as error:
        form.add_error("password", ValidationError([each["message"] for each in error.extra["errors"]]))
    except (services.EmailNotUsable, services.TooManyAddresses) as error:
        form.add_error("email" if "email" in form.fields else None, translated(str(error)))
    return False


def _asked(request: HttpRequest, form: ActivationForm, invitation: Invitation) -> HttpResponse:
    context = {"form": form, "invitation": invitation}
    return render(request, "benefits/activate.html", context, status=422 if form.errors else 200)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "benefits/activation_gone.html", status=404)


class Reset(View):
    """Where e-mails lead to: with a key to where one chooses a new password, without one to where one asks for it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Redirect to allauth's own pages."""
        uid, dash, key = request.GET.get("key", "").partition("-")
        if not (uid.isalnum() and uid.isascii() and dash and key):
            return redirect("account_reset_password")
        return redirect("account_reset_password_from_key", uidb36=uid, key=key)


class SetUpAuthenticator(ActivateTOTPView):  # type: ignore[misc] # allauth is not typed
    """allauth's, after which the session counts: a code of the new authenticator was checked in it."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the authenticator and record that its code was checked."""
        response = super().form_valid(form)
        _count(self.request, Authenticator.Type.TOTP)
        return response  # type: ignore[no-any-return] # nor is what it returns


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]  # allauth is not typed
    """allauth's, for keys alone that sign in by themselves; after which the session counts."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the device for such a key."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = begin_registration(self.request.user, passwordless=True)
        return context | {"js_data": {"creation_options": options}}

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the passkey and record that it was unlocked just now."""
        response = super().form_valid(form)
        _count(self.request, Authenticator.Type.WEBAUTHN)
        return response  # type: ignore[no-any-return]  # nor is what it returns


def _count(request: HttpRequest, kind: Authenticator.Type) -> None:
    """The second factor of this kind that was added last was also shown."""
    added = Authenticator.objects.filter(user_id=request.user.pk, type=kind).latest("pk")
    post_authentication(request, added, reauthenticated=True)

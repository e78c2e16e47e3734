"""To an employer's provider, and back; and the way there for whoever may not come in by a password."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from benefits.accounts import adapters as accounts
from benefits.accounts.backend import sign_in
from benefits.accounts.models import User
from benefits.sign_on import services
from benefits.sign_on.queries import required_of
from benefits.sign_on.rules.attempts import Attempt, NotSignedOn
from benefits.sign_on.services.entering import entity_id
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.limits import seconds_to_wait

log = logging.getLogger(__name__)
_KEPT = "sign_on"
_HEADLESS = "/_allauth/"
_MOST = 60  # a minute, of one employer's people: each costs the provider a question


class Begin(View):
    """Off to the employer's provider."""

    def get(self, request: HttpRequest, sign_on_id: UUID) -> HttpResponse:
        """Remember in this browser's session what only it can come back with."""
        return _or_say_why_not(request, lambda: self._leave(request, sign_on_id))

    def _leave(self, request: HttpRequest, sign_on_id: UUID) -> HttpResponse:
        if wait := seconds_to_wait(f"sign-on/{sign_on_id}", most=_MOST):
            return HttpResponse("Too many at once: try again in a minute.", status=429, headers={"Retry-After": wait})
        url, attempt = services.begin(sign_on_id, now=clock.now())
        request.session[_KEPT] = asdict(attempt)
        return redirect(url)


class Callback(View):
    """Back from it."""

    def get(self, request: HttpRequest, sign_on_id: UUID) -> HttpResponse:
        """Sign in whom the provider vouches for; what the session kept counts once."""
        kept = request.session.pop(_KEPT, None)
        return _or_say_why_not(request, lambda: self._enter(request, sign_on_id, kept))

    def _enter(self, request: HttpRequest, sign_on_id: UUID, kept: dict[str, object] | None) -> HttpResponse:
        signed_on = services.finish(
            sign_on_id,
            attempt=Attempt(**kept) if kept else None,  # type: ignore[arg-type] # as it was kept
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            now=clock.now(),
        )
        return _come_in(request, signed_on)


@method_decorator(csrf_exempt, name="dispatch")
class Consume(View):
    """Back from a SAML provider, which has the browser post what it says.

    A post from elsewhere brings no session with it (SameSite), and that is where the attempt is kept: so it is posted
    once more from a page of our own. No token could come along; what proves that this browser asked is the attempt.
    """

    def post(self, request: HttpRequest, sign_on_id: UUID) -> HttpResponse:
        """Sign in whom the provider vouches for; what the session kept counts once."""
        said = {name: request.POST.get(name, "") for name in ("SAMLResponse", "RelayState")}
        kept = request.session.pop(_KEPT, None)
        if kept is None and "again" not in request.POST:
            return render(request, "benefits/signing_on.html", {"said": said})
        return _or_say_why_not(request, lambda: self._enter(request, sign_on_id, kept, said))

    def _enter(
        self, request: HttpRequest, sign_on_id: UUID, kept: dict[str, object] | None, said: dict[str, str]
    ) -> HttpResponse:
        signed_on = services.finish_saml(
            sign_on_id,
            attempt=Attempt(**kept) if kept else None,  # type: ignore[arg-type] # as it was kept
            state=said["RelayState"],
            response=said["SAMLResponse"],
            now=clock.now(),
        )
        return _come_in(request, signed_on)


class AccountAdapter(accounts.AccountAdapter):
    """Whoever's employer requires its provider comes in by no password, on a page or by the API."""

    def refusal(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse | None:
        """Lead the way to the provider: by a page and no redirect, which `form-action` would hold up."""
        sign_on = required_of(user, now=clock.now()) if isinstance(user, User) else None
        if sign_on is None:
            return None
        starts_at = entity_id(sign_on.pk)
        if request.path.startswith(_HEADLESS):
            refused = {"status": 403, "code": "sign_on_required", "starts_at": starts_at}
            return JsonResponse(refused, status=403)
        return render(request, "benefits/sign_on_required.html", {"starts_at": starts_at}, status=403)


def _come_in(request: HttpRequest, signed_on: services.SignedOn) -> HttpResponse:
    sign_in(request, signed_on.user, has_second_factor=signed_on.has_second_factor)
    return redirect("home")


def _or_say_why_not(request: HttpRequest, go: Callable[[], HttpResponse]) -> HttpResponse:
    """One page for every refusal: which it was is in the log, for the provider's side has to be put right."""
    try:
        return go()
    except NotFound:
        return render(request, "not_found.html", status=404)
    except NotSignedOn as error:
        log.warning("not signed on reason=%s", error.reason)
        return render(request, "benefits/not_signed_on.html", status=403)

"""To an employer's provider, and back."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from benefits.accounts.backend import sign_in
from benefits.sign_on import services
from benefits.sign_on.rules import Attempt, NotSignedOn
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.limits import seconds_to_wait

log = logging.getLogger(__name__)
_KEPT = "sign_on"
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

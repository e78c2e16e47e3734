"""What happens around every request: limits, a trace id, MFA, the actor's transaction, and idempotent POSTs."""

import logging
import re
from collections.abc import Callable
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import is_valid_path

from benefits import facade as benefits
from config.http import NOBODYS, SIGN_ON, is_page, plain_problem, problem_response
from workers.kernel import clock
from workers.kernel.actor import AUTH, Actor, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.machines import Machine
from workers.kernel.trace import current_trace, span, trace_of, traced
from workers.kernel.web import content_policy
from workers.receipts.idempotency import StoredAnswer, once

log = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponseBase]
ACTORLESS = ("/healthz", "/readyz", "/metrics", "/static/")
OPEN = (*ACTORLESS, *NOBODYS, "/api/v1/schema/", "/api/v1/docs/")  # nobody need be signed in
UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes of a file (docs/contract.md)
# A census may have a million rows.
LARGER = dict.fromkeys(("/api/v1/eligibility-files/", "/eligibility-files/"), benefits.MOST_CENSUS_BYTES)
# Where second factors are added and removed; there they are also shown.
_FACTORS = re.compile(
    r"/accounts/2fa/(?!(re)?authenticate/|webauthn/(login|reauthenticate)/)|/_allauth/\w+/v1/account/authenticators"
).match
_ENVELOPE = 64 * 1024  # bytes around the file in its form
MOST_DIGITS = 18  # of a length: Python reads no number of thousands of digits
MOST_KEY = 200  # characters: a longer one cut short could be taken for another
_ONLY_OURS = content_policy()


def protect_pages(get_response: View) -> View:
    """Name what a page may load, and keep answers about people out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", _ONLY_OURS)
        if not request.path.startswith(ACTORLESS):
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def trace(get_response: View) -> View:
    """Give the request the trace id of its `traceparent`, or a fresh one; its events, jobs and log lines carry it.

    The answer names it, so that whoever complains can say which request it was.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        start = monotonic()
        with traced(trace_of(request.headers.get("traceparent", ""))), span("request", method=str(request.method)):
            response = get_response(request)
            response.headers["Trace-Id"] = current_trace()
            _tell(request, response, milliseconds=round((monotonic() - start) * 1000))
        return response

    return middleware


def _tell(request: HttpRequest, response: HttpResponseBase, *, milliseconds: int) -> None:
    """One line a request: the route and not the path, which may hold a token; health checks are no news."""
    if request.path.startswith(ACTORLESS) and response.status_code < 500:
        return
    route = request.resolver_match.route if request.resolver_match else "-"
    line = "request method=%s route=%s status=%s ms=%s"
    log.info(line, request.method, route, response.status_code, milliseconds)


def refuse_large_bodies(get_response: View) -> View:
    """Answer 413 by the announced length, before anything is read: a server reads no more than was announced."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_form = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
        of_file = LARGER.get(request.path, UPLOAD_LIMIT) + _ENVELOPE
        limit = of_file if is_form else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal() and (len(announced) > MOST_DIGITS or int(announced) > limit):
            return plain_problem(413, "too_large", f"A request of this kind has at most {limit} bytes: send less.")
        return get_response(request)

    return middleware


def require_mfa(get_response: View) -> View:
    """Answer 403 `mfa_required` to staff whose session has not seen a second factor, wherever a user is needed.

    A page leads to where an authenticator is set up or asked for (benefits/accounts/web.py).

    Activating TOTP does not count by itself: the session counts once a code was *checked* in it, by
    `POST /_allauth/browser/v1/auth/2fa/reauthenticate` (the code that activated will do) or by signing in anew.

    Nobody, of whatever role, adds or removes a second factor in a session that has not seen one that they have.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _FACTORS(request.path) and (door := benefits.owed_second_factor(request)):
            if is_page(request):
                return redirect_to_login(request.GET.get("next") or request.get_full_path(), door)
            return plain_problem(403, "mfa_required", "Show one of your second factors in this session first.")
        if not request.path.startswith(OPEN) and benefits.lacks_mfa(request):
            if is_page(request):
                if request.method == "GET":  # the forms on the way (allauth's) carry no `next`
                    request.session["asked_for"] = request.get_full_path()
                return redirect_to_login(request.get_full_path(), "mfa_activate_totp")
            sentence = "Set up an authenticator app and enter one of its codes first."
            return plain_problem(403, "mfa_required", sentence)
        return get_response(request)

    return middleware


def act(get_response: View) -> View:
    """Run the view in one transaction as the user's or token's actor, or as AUTH when nobody is or nobody counts."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith((*ACTORLESS, SIGN_ON)):  # the latter asks another system, and no lock waits for it
            return get_response(request)
        actor = AUTH if request.path.startswith(NOBODYS) else _actor_of(request.user)
        with acting_as(actor):
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    return middleware


def _actor_of(user: Any) -> Actor:
    """A person's actor, or a machine's."""
    return user.actor if isinstance(user, Machine) else benefits.actor_of(user)


def idempotency(get_response: View) -> View:
    """Answer a POST that carries an `Idempotency-Key` once; repeats get the first answer again.

    Files are left out: they are known by their hash. Signing in is, too: its answers are not to be kept.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key or not _may_be_kept(request):
            return get_response(request)
        if len(key) > MOST_KEY or not key.isprintable():
            return plain_problem(400, "bad_idempotency_key", f"An Idempotency-Key has 1 to {MOST_KEY} characters.")
        try:
            return _answer_once(get_response, request, key)
        except DomainError as error:
            return problem_response(error)

    return middleware


def _may_be_kept(request: HttpRequest) -> bool:
    is_form = (request.content_type or "").startswith("multipart/")
    is_ours = bool(is_valid_path(request.path_info)) and not request.path.startswith(NOBODYS)
    return request.user.is_authenticated and not is_form and is_ours


def _whose_key(request: HttpRequest) -> tuple[UUID, str]:
    """Whose a key is, and for what. Software that acts as a person keeps its own beside theirs, by its token."""
    user: Any = request.user
    if isinstance(user, Machine) and user.actor.user not in (None, user.pk):
        return user.actor.user, f"{request.path} {user.pk}"
    return user.pk, request.path


def _answer_once(get_response: View, request: HttpRequest, key: str) -> HttpResponseBase:
    first: list[HttpResponse] = []

    def execute() -> StoredAnswer:
        with transaction.atomic():  # a refusal rolls back to here, and can then be kept itself
            response = get_response(request)
        assert isinstance(response, HttpResponse)
        first.append(response)
        return StoredAnswer(
            status_code=response.status_code,
            body=response.content,
            content_type=response.headers.get("Content-Type", ""),
        )

    owner, route = _whose_key(request)
    stored = once(user_id=owner, route=route, key=key, body=request.body, execute=execute, now=clock.now())
    if first:
        return first[0]
    response = HttpResponse(stored.body, status=stored.status_code, content_type=stored.content_type)
    response.headers["Idempotent-Replayed"] = "true"
    return response

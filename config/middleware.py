"""What happens around every request: a trace id, the actor's transaction, and idempotent POSTs."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from benefits import facade as benefits
from config.http import problem_response
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.ids import new_id
from workers.kernel.trace import traced
from workers.receipts.idempotency import StoredAnswer, once

View = Callable[[HttpRequest], HttpResponseBase]
ACTORLESS = ("/healthz", "/readyz", "/static/")


def trace(get_response: View) -> View:
    """Give the request a trace id; its events, jobs and log lines carry it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with traced(new_id().hex):
            return get_response(request)

    return middleware


def act(get_response: View) -> View:
    """Run the view in one transaction as the signed-in user's actor, or as AUTH when nobody is.

    Sign-in pages run as AUTH whoever asks: they are about accounts, not about anyone's data.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(ACTORLESS):
            return get_response(request)
        actor = AUTH if request.path.startswith("/accounts/") else benefits.actor_of(request.user)
        with acting_as(actor):
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    return middleware


def idempotency(get_response: View) -> View:
    """Answer a POST that carries an `Idempotency-Key` once; repeats get the first answer again."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key or not request.user.is_authenticated:
            return get_response(request)
        try:
            return _answer_once(get_response, request, key[:200])
        except DomainError as error:
            return problem_response(error)

    return middleware


def _answer_once(get_response: View, request: HttpRequest, key: str) -> HttpResponseBase:
    def execute() -> StoredAnswer:
        response = get_response(request)
        assert isinstance(response, HttpResponse)
        return StoredAnswer(
            status_code=response.status_code,
            body=response.content,
            content_type=response.headers.get("Content-Type", ""),
        )

    stored = once(
        user_id=request.user.pk, route=request.path, key=key, body=request.body, execute=execute, now=clock.now()
    )
    response = HttpResponse(stored.body, status=stored.status_code, content_type=stored.content_type)
    if stored.is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response

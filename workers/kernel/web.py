"""What every page shares: who may open it, what it may load, its language, and lists page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.generic import TemplateView
from rest_framework import exceptions
from rest_framework.request import Request

from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.wire import Pages
from workers.kernel.words import Sentence

MOST_POLLS = 40  # of a live panel, one every 15 seconds

# Pages load nothing from elsewhere and run no inline script; `data:` is the QR code of an authenticator.
_ONLY_OURS = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def content_policy(**also: str) -> str:
    """Return the Content-Security-Policy of a page that may load our own files, and what `also` names.

    `script_src="'self' https://js.stripe.com"` sets the directive `script-src`.
    """
    directives = _ONLY_OURS | {name.replace("_", "-"): sources for name, sources in also.items()}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class Page(TemplateView):
    """A page that is read. Whoever is not signed in is led to the sign-in page and back.

    To every other role, and for another tenant's ids, the page answers like an address that does not exist.
    """

    roles: ClassVar[tuple[str, ...]] = ()  # who may open it; empty is everybody who is signed in
    permission: ClassVar[str] = ""  # that an operator needs besides

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in whom the page is for."""
        user: Any = request.user
        if not user.is_authenticated and "HX-Request" in request.headers:
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})  # the page is loaded anew, and leads on
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if (self.roles and user.role not in self.roles) or (
            self.permission and user.role == "operator" and self.permission not in user.permissions
        ):
            return _nothing_here(request)
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound:
            return _nothing_here(request)

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        """Render; to a page that asks by itself whether it still `is_waiting`, say when to load anew."""
        response: HttpResponse = super().render_to_response(context, **response_kwargs)
        if context.get("is_waiting") is False and "HX-Request" in self.request.headers:
            response.headers["HX-Refresh"] = "true"
        return response


class LivePanel(Page):
    """Figures on somebody else's page (docs/pages.md) that are asked for anew by themselves, where scripts run.

    After ten minutes they rest, so that a page left open does not keep a session alive that nobody uses.
    """

    name: ClassVar[str] = ""  # its URL's name, and its id on the page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How often it was asked for, and whether it goes on asking."""
        asked = self.request.GET.get("polls", "")
        polls = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
        return super().get_context_data(
            panel=self.name, polls=polls + 1, is_resting=polls >= MOST_POLLS, now=clock.now(), **kwargs
        )


def _nothing_here(request: HttpRequest) -> HttpResponseBase:
    return render(request, "not_found.html", status=404)


def language() -> str:
    """Return the reader's language, as they chose it or by Accept-Language: "en" or "es"."""
    return (get_language() or "en").partition("-")[0]


def translated(sentence: str) -> str:
    """Return what rules said in English (workers/kernel/words.py) in the reader's language, or as it is."""
    words, values = Sentence.taken_apart(sentence)
    return gettext(words) % values if values else gettext(words) if words else ""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A page of a list, and where the pages beside it are: addresses without a host, "" where there is none."""

    rows: Sequence[Any]
    previous: str
    following: str


def rows_of(request: HttpRequest, found: QuerySet[Any, Any], *, ordering: str | tuple[str, ...], size: int) -> Rows:
    """Return the page of a list that the request asks for, by the API's own cursors. Raises NotFound.

    `ordering` names columns, the first unique or nearly so or followed by others, with "-" for the highest first.
    """
    pages = type("PageOfRows", (Pages,), {"ordering": ordering, "page_size": size})()
    try:
        rows = pages.paginate_queryset(found, Request(request))
    except exceptions.NotFound:
        raise NotFound("There is no such page.") from None
    previous, following = pages.get_previous_link(), pages.get_next_link()
    return Rows(rows=rows, previous=_path(previous), following=_path(following))


def _path(link: str | None) -> str:
    parts = urlsplit(link or "")
    return f"{parts.path}?{parts.query}" if link else ""

"""What every page shares: who may open it, what it may load, and the language its words are in."""

from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.generic import TemplateView

from workers.kernel.errors import NotFound

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


def _nothing_here(request: HttpRequest) -> HttpResponseBase:
    return render(request, "not_found.html", status=404)


def language() -> str:
    """Return the reader's language by Accept-Language: "en" or "es"."""
    return (get_language() or "en").partition("-")[0]

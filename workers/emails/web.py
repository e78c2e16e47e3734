"""The page behind the link at the foot of an e-mail, which mail programs post to by themselves (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from workers.emails.addresses import Reader, read_token
from workers.emails.preferences import UnknownKind, choose, list_wishes, unsubscribe
from workers.kernel import clock
from workers.kernel.web import language

_ONE_CLICK = "One-Click"


@method_decorator(csrf_exempt, name="dispatch")  # the token is the proof, and a mail program has no cookie
class Preferences(View):
    """Opening it changes nothing: mail scanners open links."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what the reader gets, with a box for each kind that they may do without."""
        reader = read_token(request.GET.get("token", ""))
        return _gone(request) if reader is None else _shown(request, reader)

    def post(self, request: HttpRequest) -> HttpResponse:
        """`List-Unsubscribe=One-Click` ends the kind of the token at once; the page's own form says what is wanted."""
        reader = read_token(request.GET.get("token", "") or request.POST.get("token", ""))
        if reader is None:
            return _gone(request)
        try:
            _obey(request, reader)
        except UnknownKind as error:
            return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
        return _shown(request, reader, is_saved=True)


def _obey(request: HttpRequest, reader: Reader) -> None:
    if request.POST.get("List-Unsubscribe") == _ONE_CLICK:
        unsubscribe(address_hash=reader.address_hash, kind=reader.kind, now=clock.now())
    else:
        choose(address_hash=reader.address_hash, wanted=request.POST.getlist("kind"), now=clock.now())


def _shown(request: HttpRequest, reader: Reader, *, is_saved: bool = False) -> HttpResponse:
    wishes = list_wishes(reader.address_hash, language=language())
    token = request.GET.get("token", "") or request.POST.get("token", "")
    context = {"wishes": wishes, "token": token, "kind": reader.kind, "is_saved": is_saved}
    return render(request, "workers/mail_preferences.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "not_found.html", status=404)

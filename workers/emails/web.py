"""What we write to a reader, behind the link at the foot of an e-mail (RFC 8058) and signed in; stopped addresses."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from workers.emails.addresses import Reader, hash_of, read_token
from workers.emails.models import MOST_REASON
from workers.emails.notices import list_stopped, release
from workers.emails.preferences import UnknownKind, choose, list_wishes, unsubscribe
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.web import Page, language, rows_of

_ONE_CLICK = "One-Click"
_SIZE = 25


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


class OwnPreferences(Page):
    """The same for whoever is signed in, about the address of their account, without a link from an e-mail."""

    template_name = "workers/mail_preferences.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Every kind, and whether they get it."""
        return super().get_context_data(wishes=list_wishes(_own_hash(self.request), language=language()), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the kinds that are ticked; one that nobody can choose is an answer of its own."""
        try:
            choose(address_hash=_own_hash(request), wanted=request.POST.getlist("kind"), now=clock.now())
        except UnknownKind as error:
            return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
        messages.success(request, _("Saved."))
        return redirect("page-own-mail")


def _own_hash(request: HttpRequest) -> str:
    user: Any = request.user
    return hash_of(user.email)


class ReleaseForm(forms.Form):
    """Which address, and why it may be written to again."""

    stopped_address_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("What you found out, and how"), max_length=MOST_REASON)


class StoppedAddresses(Page):
    """Addresses that bounced or whose reader complained, the newest first, each with a form that releases it."""

    template_name = "workers/stopped_addresses.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of them. Raises NotFound for a page that is none."""
        refused: ReleaseForm | None = kwargs.pop("refused", None)
        page = rows_of(self.request, list_stopped(), ordering=("-stopped_at", "-id"), size=_SIZE)
        rows = [(one, _form_of(one.pk, refused)) for one in page.rows]
        return super().get_context_data(page=page, rows=rows, now=clock.now(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send to one again. Raises NotFound."""
        user: Any = request.user
        form = ReleaseForm(request.POST, auto_id=f"id_{request.POST.get('stopped_address_id', '')}_%s")
        if "stopped_address_id" in form.errors:
            raise NotFound("There is no such address.")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(refused=form), status=422)
        release(operator_id=user.pk, now=clock.now(), **form.cleaned_data)
        messages.success(request, _("Released. What is written from now on is sent there."))
        return redirect("page-stopped-addresses")


def _form_of(stopped_address_id: Any, refused: ReleaseForm | None) -> ReleaseForm:
    if refused is not None and refused.data.get("stopped_address_id") == str(stopped_address_id):
        return refused
    initial = {"stopped_address_id": stopped_address_id}
    return ReleaseForm(initial=initial, auto_id=f"id_{stopped_address_id}_%s")

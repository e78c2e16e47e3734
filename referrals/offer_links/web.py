"""The page behind a link. Opening it changes nothing: mail scanners open links, and ask for HEAD."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from referrals.clinic_updates.rules import Choice
from referrals.offer_links.forms import LinkForm
from referrals.offer_links.queries import find_open_link, read_asked
from referrals.offer_links.services import answer_by_link
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.kernel.web import language


class AnswerOffer(View):
    """An offer, and two buttons."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the least that lets one decide, or that there is nothing to answer any more."""
        token = request.GET.get("token", "")
        return _asked(request, token, LinkForm(initial={"token": token}, language=language()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer once, and say what came of it."""
        form = LinkForm(request.POST, language=language())
        if not form.is_valid():
            return _asked(request, request.POST.get("token", ""), form)
        try:
            update = answer_by_link(**form.cleaned_data, now=clock.now())
        except DomainError as error:
            return _gone(request, str(error.extra.get("state", "")), error.status)
        if update.code:  # the last place went to somebody else: the yes closed the offer
            return _gone(request, update.state, 409)
        context = {"is_accepted": form.cleaned_data["choice"] == Choice.ACCEPT}
        return render(request, "referrals/offer_answered.html", context)


def _asked(request: HttpRequest, token: str, form: LinkForm) -> HttpResponse:
    link = find_open_link(token, now=clock.now())
    asked = read_asked(link) if link else None
    if asked is None:
        return _gone(request, "", 404 if link is None else 409)
    context = {"form": form, "asked": asked, "token": token, "zone": asked.zone, "now": clock.now()}
    return render(request, "referrals/offer_answer.html", context, status=422 if form.errors else 200)


def _gone(request: HttpRequest, state: str, status: int) -> HttpResponse:
    return render(request, "referrals/offer_gone.html", {"state": state}, status=status)

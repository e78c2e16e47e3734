"""The page on which a clinic's staff answers an offer; it needs no script."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from referrals.clinic_updates.forms import AnswerForm
from referrals.clinic_updates.rules import Channel, Choice
from referrals.clinic_updates.services.applying import answer_offer, open_offer
from referrals.clinics.web import ClinicPage
from referrals.offers.models import Offer
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import language


class OneOffer(ClinicPage):
    """An offer, and two buttons. Once it is opened, it is `received`."""

    template_name = "referrals/offer_answer.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The least that lets one decide, or that there is nothing to answer any more. Raises NotFound."""
        return self._asked(request, kwargs["offer_id"], AnswerForm(language=language()), status=200)

    def post(self, request: HttpRequest, offer_id: UUID) -> HttpResponse:
        """Answer; a yes leads to who it is. Raises NotFound."""
        user: Any = request.user
        form = AnswerForm(request.POST, language=language())
        if not form.is_valid():
            return self._asked(request, offer_id, form, status=422)
        about = {"offer_id": offer_id, "clinic_id": user.clinic_id, "channel": Channel.PORTAL, "now": clock.now()}
        try:
            update = answer_offer(**about, **form.cleaned_data)
        except NotFound:
            raise
        except DomainError as error:
            return _gone(request, str(error.extra.get("state", "")))
        if update.code:  # the last place went to somebody else: the yes closed the offer
            return _gone(request, update.state)
        if form.cleaned_data["choice"] == Choice.ACCEPT:
            return redirect("page-clinic-referral", self._offer(request, offer_id).request_id)
        messages.success(request, _("Your no is noted. We ask somebody else."))
        return redirect("page-clinic-offers")

    def _asked(self, request: HttpRequest, offer_id: UUID, form: AnswerForm, *, status: int) -> HttpResponse:
        offer = self._offer(request, offer_id)
        if offer.closed_at is not None:
            return _gone(request, offer.status)
        return self.render_to_response(self.get_context_data(form=form, asked=offer), status=status)

    def _offer(self, request: HttpRequest, offer_id: UUID) -> Offer:
        user: Any = request.user
        return open_offer(offer_id=offer_id, clinic_id=user.clinic_id, now=clock.now())


def _gone(request: HttpRequest, state: str) -> HttpResponse:
    return render(request, "referrals/offer_gone.html", {"state": state}, status=409)

"""One referral as operators see it: all that led to where it is, and what they can do about it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinics.models import Clinic
from referrals.offers.models import Offer
from referrals.offers.queries.offers import list_delivered, list_offers
from referrals.offers.rules import LIVE, OPEN
from referrals.offers.services import ClinicCannotTake, answer_for_clinic, reassign
from referrals.offers.web.forms import NoteForm, PhoneForm, ReassignForm
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.queries import get_with_steps, list_notes
from referrals.requests.rules import FINAL, FOR_A_PERSON
from referrals.requests.services.noting import Contact
from referrals.routing.models import RoutingDecision
from referrals.routing.queries.decisions import explain_to_operator, get_ranking, list_decisions
from referrals.routing.rules.accounting import FILTERS
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, language, translated

_MOST_CLINICS = 30


class OperatorReferral(Page):
    """A referral, its steps, whom it was offered to, why those, what was noted; and what can be done."""

    template_name = "referrals/operator_referral.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        referral = get_with_steps(kwargs.pop("request_id"))
        offers = list(list_offers(referral.pk).select_related("clinic"))
        decisions = list(list_decisions(referral.pk))
        delivered = list_delivered(offers)
        clinics = _clinics(decisions, offers)
        return super().get_context_data(
            referral=referral,
            offers=[(one, delivered.get(one.pk)) for one in offers],
            is_asked=any(one.status in OPEN for one in offers),
            decisions=[(one, explain_to_operator(one, language())) for one in decisions[-1:]],
            notes=list_notes(referral.pk).order_by("-id"),
            now=clock.now(),
            is_over=referral.status in FINAL,
            is_for_a_person=referral.status in FOR_A_PERSON,
            **{
                "noting": NoteForm(),
                "moving": ReassignForm(clinics=clinics),
                "phoning": PhoneForm(offers=offers),
                **kwargs,
            },
        )

    def post(self, request: HttpRequest, request_id: UUID) -> HttpResponseBase:
        """Do what a form says; what is refused is said. Raises NotFound."""
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise NotFound("There is no such action.")
        user: Any = request.user
        referral = get_with_steps(request_id)
        name, form, do = act(request, referral)
        if form is not None and not form.is_valid():
            return self.render_to_response(self.get_context_data(request_id=request_id, **{name: form}), status=422)
        try:
            said = do(form.cleaned_data if form else {}, user.pk)
        except NotFound:
            raise
        except DomainError as refusal:
            messages.error(request, _refusal(refusal))
        else:
            messages.success(request, said)
        return redirect(request.path)


def _clinics(decisions: list[RoutingDecision], offers: list[Offer]) -> list[tuple[str, str]]:
    """Those that the last decision could have asked, the best first, then the others that it looked at.

    Who has an offer that is open or taken is left out.
    """
    if not decisions:
        return []
    ranking = get_ranking(decisions[-1])
    looked_at = [*(one.clinic_id for one in ranking.eligible), *ranking.refused][:_MOST_CLINICS]
    names = {str(pk): name for pk, name in Clinic.objects.filter(pk__in=looked_at).values_list("id", "name")}
    asked = {str(one.clinic_id) for one in offers if one.status in LIVE}
    return [(one, names[one]) for one in looked_at if one in names and one not in asked]


_Doing = tuple[str, forms.Form | None, Callable[[dict[str, Any], UUID], str]]


def _note(request: HttpRequest, referral: Request) -> _Doing:
    def do(told: dict[str, Any], author: UUID) -> str:
        contact = None
        if told["channel"]:
            contact = Contact(channel=told["channel"], party=told["party"], reached=told["reached"])
        requests.add_note(request_id=referral.pk, author_id=author, text=told["text"], contact=contact, now=clock.now())
        return _("Noted.")

    return "noting", NoteForm(request.POST), do


def _reassign(request: HttpRequest, referral: Request) -> _Doing:
    def do(told: dict[str, Any], author: UUID) -> str:
        reassign(request_id=referral.pk, author_id=author, now=clock.now(), **told)
        return _("That clinic is asked now, and nobody else.")

    clinics = _clinics(list(list_decisions(referral.pk)), list(list_offers(referral.pk)))
    return "moving", ReassignForm(request.POST, clinics=clinics), do


def _release(request: HttpRequest, referral: Request) -> _Doing:
    def do(told: dict[str, Any], author: UUID) -> str:
        requests.release(request_id=referral.pk, now=clock.now())
        return _("It looks for a clinic by itself again.")

    return "", None, do


def _phone(request: HttpRequest, referral: Request) -> _Doing:
    def do(told: dict[str, Any], author: UUID) -> str:
        reason = told["answer"] if told["answer"] != "yes" else ""
        offer_id = UUID(told["offer_id"])
        answer_for_clinic(offer_id=offer_id, reason=reason, note=told["note"], author_id=author, now=clock.now())
        return _("Their answer is noted, as if they had given it themselves.")

    offers = list(list_offers(referral.pk).select_related("clinic"))
    return "phoning", PhoneForm(request.POST, offers=offers), do


_ACTS: Mapping[str, Callable[[HttpRequest, Request], _Doing]] = {
    "note": _note,
    "reassign": _reassign,
    "release": _release,
    "phone": _phone,
}


def _refusal(refusal: DomainError) -> str:
    if isinstance(refusal, ClinicCannotTake):
        why = ", ".join(FILTERS[language()].get(name, name) for name in refusal.extra["filters"])
        return _("This clinic cannot be asked, as those that %(why)s.") % {"why": why}
    return {
        "not_in_that_state": _("It has moved on meanwhile: look at where it stands now."),
        "not_covered": _("The member is not covered today: nobody can be asked for them."),
        "offer_not_open": _("That offer takes no answer any more."),
    }.get(refusal.code, translated(str(refusal)))

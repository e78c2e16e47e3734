"""Asking for a referral, and wishing otherwise: one form, in which the chosen clinics are put in order."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits import facade as benefits
from referrals.requests import services
from referrals.requests.forms import AskForm, WishesForm, miles_of
from referrals.requests.models import Request
from referrals.requests.queries import get_request, list_pending_of
from referrals.requests.rules import PENDING, Kind
from referrals.requests.web.picking import ids_of, picked, reordered
from referrals.requests.web.shown import refuse
from referrals.screening.queries import list_screenings
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, translated


class Ask(Page):
    """What a member wishes for, with the clinics that they chose; before that, the questions have to be answered."""

    template_name = "referrals/ask.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The clinics of the address, in their order."""
        kwargs.setdefault("form", AskForm(initial={"kind": Kind.ASSISTED_THERAPY}))
        kwargs.setdefault("picks", picked(ids_of(self.request.GET)))
        return super().get_context_data(
            screening=_last_screening(),
            pending=list_pending_of(_member_of(self.request)).first(),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask, and lead to where one sees what becomes of it. Raises NotFound where no question was answered."""
        form, picks = AskForm(request.POST), _picks(request)
        if _only_sorts(request) or not _fits(form, picks):
            return self._again(form, picks)
        screening = _last_screening()
        if screening is None:
            raise NotFound("The questions come first.")
        try:
            services.open_request(
                member_id=_member_of(request),
                screening_id=screening.pk,
                preferences=_preferences(request, form, picks),
                kind=form.cleaned_data["kind"],
                now=clock.now(),
            )
        except DomainError as error:
            refuse(form, error.code, translated(str(error)))
            return self._again(form, picks)
        messages.success(request, _("Done. Here you see each step; we also write to you when something happens."))
        return redirect("page-referrals")

    def _again(self, form: AskForm, picks: list[UUID]) -> HttpResponse:
        status = 200 if _only_sorts(self.request) else 422
        return self.render_to_response(self.get_context_data(form=form, picks=picked(picks)), status=status)


class Wishes(Page):
    """Other wishes for a request that no clinic has accepted: who was asked for the old ones is told."""

    template_name = "referrals/wishes.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's request."""
        found = get_request(kwargs["request_id"])
        wanted = found.preferences
        kwargs.setdefault("form", WishesForm(initial=_initial(wanted)))
        kwargs.setdefault("picks", picked([UUID(one) for one in wanted["clinics"]]))
        is_open = found.status in PENDING
        return super().get_context_data(asked=found, revision=found.revision, is_open=is_open, **kwargs)

    def post(self, request: HttpRequest, request_id: UUID) -> HttpResponse:
        """Change them, if nobody changed the request since. Raises NotFound."""
        form, picks, found = WishesForm(request.POST), _picks(request), get_request(request_id)
        if _only_sorts(request) or not _fits(form, picks):
            return self._again(form, picks, found)
        try:
            services.change_wishes(
                request_id=request_id,
                member_id=_member_of(request),
                preferences=_preferences(request, form, picks),
                revision=_number(request.POST.get("revision", "")),
                now=clock.now(),
            )
        except NotFound:
            raise
        except DomainError as error:
            refuse(form, error.code, translated(str(error)))
            return self._again(form, picks, found)
        messages.success(request, _("Your wishes are changed. We go on with them at once."))
        return redirect("page-referrals")

    def _again(self, form: WishesForm, picks: list[UUID], found: Request) -> HttpResponse:
        context = self.get_context_data(request_id=found.pk, form=form, picks=picked(picks))
        return self.render_to_response(context, status=200 if _only_sorts(self.request) else 422)


def _initial(wanted: dict[str, Any]) -> dict[str, Any]:
    """Stored wishes as the form has them."""
    cents = wanted["max_price_cents"]
    return wanted | {
        "miles": miles_of(wanted["max_distance_km"]),
        "max_price": None if cents is None else cents // 100,
    }


def _fits(form: WishesForm, picks: list[UUID]) -> bool:
    if form.is_valid() and not picks and not form.cleaned_data["then_others"]:
        form.add_error("then_others", _("Choose clinics, or let others be asked."))
    return form.is_valid()


def _preferences(request: HttpRequest, form: WishesForm, picks: list[UUID]) -> services.Preferences:
    wishes = form.wishes()
    near = wishes.pop("near") or benefits.get_member(_member_of(request)).postal_code
    return services.Preferences(near=near, clinics=tuple(picks), **wishes)


def _picks(request: HttpRequest) -> list[UUID]:
    up, drop = request.POST.get("up", ""), request.POST.get("drop", "")
    return reordered(ids_of(request.POST), up=up, drop=drop)


def _only_sorts(request: HttpRequest) -> bool:
    """Whether a button of the list of clinics was pressed, and nothing is to be sent yet."""
    return bool({"up", "drop"} & set(request.POST))


def _last_screening() -> Any:
    return list_screenings().order_by("-submitted_at").first()


def _member_of(request: HttpRequest) -> UUID:
    user: Any = request.user
    return user.member_id  # type: ignore[no-any-return] # the stubs know no member_id


def _number(text: str) -> int:
    """A revision as the form had it; 0, which none is, for what is no number."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0

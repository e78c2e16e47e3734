"""What came of a member's answers, and what they agreed to."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits import facade as benefits
from referrals.screening.models import Consent
from referrals.screening.queries import (
    consents_in_force,
    get_consents,
    get_questionnaire,
    get_screening,
    list_consents,
    list_reads,
    list_screenings,
)
from referrals.screening.rules.consents import ConsentKind, Ending
from referrals.screening.rules.questionnaires import Result, said
from referrals.screening.rules.reads import ReadReason
from referrals.screening.services import consents
from referrals.screening.web.shown import consent_text, member_of
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.web import Page, language

_SHOWN = 50
READ_WORDS = {
    ReadReason.CALL_MEMBER: gettext_lazy("to call you"),
    ReadReason.MEMBER_ASKED: gettext_lazy("because you asked about your answers"),
    ReadReason.CLINICIAN_REVIEW: gettext_lazy("a clinician, before a clinic was asked"),
    ReadReason.COMPLAINT: gettext_lazy("because of a complaint"),
    ReadReason.AUDIT: gettext_lazy("to check that the rules are kept"),
    ReadReason.TREATMENT: gettext_lazy("to prepare your treatment"),
}
CONSENT_WORDS = {
    ConsentKind.SCREENING: gettext_lazy("Keeping your answers"),
    ConsentKind.CLINIC: gettext_lazy("Showing your answers to the clinic that accepts"),
    ConsentKind.SUBSTANCE_USE: gettext_lazy("Showing it your answers about alcohol, medicines and other substances"),
}
ENDING_WORDS = {
    Ending.WITHDRAWN: gettext_lazy("taken back"),
    Ending.REPLACED: gettext_lazy("replaced by a newer text"),
}


class OneScreening(Page):
    """What a member's answers come to, help first, and who has read them."""

    template_name = "referrals/screening_result.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's."""
        screening = get_screening(kwargs["screening_id"])
        questionnaire = get_questionnaire(screening.questionnaire)
        is_urgent = screening.result == Result.URGENT
        reads = [
            {"at": one.at, "by_clinic": one.clinic_id is not None, "why": READ_WORDS[ReadReason(one.reason)]}
            for one in list_reads(screening.pk)[:_SHOWN]
        ]
        return super().get_context_data(
            screening=screening,
            crisis_help=questionnaire.crisis_help.shown(language()) if is_urgent else None,
            reads=reads,
            zone=benefits.zone_of(self.request),
            **kwargs,
        )


class OwnConsents(Page):
    """What the member agreed to, until when it holds, and taking it back."""

    template_name = "referrals/consents.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What holds now with its text, what may be agreed to besides, and what is over."""
        member_id = member_of(self.request)
        in_force = consents_in_force(member_id, now=clock.now())
        held = [{"name": CONSENT_WORDS[kind], "row": row, "text": _agreed_text(row)} for kind, row in in_force.items()]
        others = [kind for kind in ConsentKind if kind not in in_force and kind != ConsentKind.SCREENING]
        return super().get_context_data(
            held=held,
            others=[{"name": CONSENT_WORDS[kind], **consent_text(kind)} for kind in others] if in_force else [],
            ended=[_over(row) for row in list_consents(member_id).exclude(ended_at=None)[:_SHOWN]],
            screenings=list_screenings().order_by("-submitted_at")[:_SHOWN],
            zone=benefits.zone_of(self.request),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take one back, or agree to one. Raises NotFound."""
        try:
            if kind := request.POST.get("kind", ""):
                _agree(request, kind)
            else:
                consent_id = _id_of(request.POST.get("consent_id", ""))
                consents.withdraw(consent_id=consent_id, member_id=member_of(request), now=clock.now())
                messages.success(request, _("Taken back. Nobody reads your answers under it any more."))
        except consents.ConsentOutdated:
            messages.warning(request, _("The text was replaced since you read it: please read it again."))
        return redirect("page-consents")


def _agree(request: HttpRequest, kind: str) -> None:
    if kind not in list(ConsentKind):
        raise NotFound("There is no such consent.")
    version = request.POST.get("version", "")
    consents.give(
        member_id=member_of(request), kind=ConsentKind(kind), version=version, language=language(), now=clock.now()
    )
    messages.success(request, _("Thank you. You may take it back here at any time."))


def _agreed_text(row: Consent) -> str:
    """What was agreed to, and not what would be today."""
    return said(get_consents().of(row.kind, row.version).text, language())


def _over(row: Consent) -> dict[str, Any]:
    ending = ENDING_WORDS[Ending(row.ending)] if row.ending else ""
    return {"name": CONSENT_WORDS[ConsentKind(row.kind)], "ended_at": row.ended_at, "ending": ending}


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such consent.") from None

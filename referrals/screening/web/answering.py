"""Answering the questionnaire page by page: every page is saved, and help stands before anything else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.screening.models import ScreeningDraft
from referrals.screening.queries import current_questionnaire, find_draft, get_questionnaires, list_screenings
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.questionnaires import Questionnaire
from referrals.screening.services import consents, drafts
from referrals.screening.web.shown import (
    OPTIONAL,
    SEND,
    consent_text,
    help_for,
    member_of,
    missing_in,
    shown_step,
    steps_of,
    typed_in,
)
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, language


class Answering(Page):
    """Before the beginning what is agreed to, then a section at a time, at the end what else may be agreed to.

    `?step=` names a section, or "send"; without it the first that has something left.
    """

    template_name = "referrals/screening.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was typed and refused is in `typed`, and why in `refusal`."""
        kwargs |= self._draft(kwargs.pop("typed", {}))
        if "step" not in kwargs:
            last = list_screenings().order_by("-submitted_at").first()
            kwargs |= {"consent": consent_text(ConsentKind.SCREENING), "last": last}
        elif kwargs["step"].id == SEND:
            kwargs["optional"] = [consent_text(kind) for kind in OPTIONAL]
        return super().get_context_data(**kwargs)

    def _draft(self, typed: dict[str, object]) -> dict[str, Any]:
        """What of a draft is shown; of none that it is there, only whom to call and why it cannot be gone on with."""
        try:
            draft, questionnaire = drafts.resume(member_id=member_of(self.request), now=clock.now())
        except NotFound:
            return {"crisis_help": help_for(current_questionnaire(clock.now()), typed)}
        except DomainError as error:
            return {"crisis_help": help_for(current_questionnaire(clock.now()), typed), "ended": error.code}
        wanted = self.request.POST.get("step") or self.request.GET.get("step", "")
        marks = "missing" in self.request.GET
        return shown_step(draft, questionnaire, wanted, typed=typed, marks_missing=marks)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button says; what is refused is said, with all that was typed. Raises NotFound."""
        act = _ACTS.get(request.POST.get("action", ""))
        if act is None:
            raise NotFound("There is nothing to do here.")
        try:
            return act(request)
        except DomainError as error:
            context = self.get_context_data(typed=_fitting(request), refusal=error.code)
            return self.render_to_response(context, status=error.status)


def _fitting(request: HttpRequest) -> dict[str, object]:
    """Of what was typed the answers: they are shown again, and asked whether they call for help."""
    return {name: answer for name, answer in typed_in(request).items() if isinstance(answer, bool | int)}


def _begin(request: HttpRequest) -> HttpResponse:
    """Agree to what was shown, and start or go on."""
    versions = {str(ConsentKind.SCREENING): request.POST.get("version", "")}
    drafts.start(member_id=member_of(request), language=language(), consents=versions, now=clock.now())
    return redirect("page-screening")


def _next(request: HttpRequest) -> HttpResponse:
    """Save, and go on; where an answer is missing that cannot be left out, stay and mark it."""
    draft, step = _saved(request), request.POST.get("step", "")
    questionnaire = _questionnaire_of(draft)
    steps = [one.id for one in steps_of(questionnaire, draft.answers)]
    if step not in steps[:-1]:
        return redirect("page-screening")
    section = questionnaire.sections[steps.index(step)]
    if section.is_required and missing_in(section, draft.answers):
        return _to(step, "&missing=1")
    return _to(steps[steps.index(step) + 1])


def _pause(request: HttpRequest) -> HttpResponse:
    """Save, and stop for today."""
    _saved(request)
    messages.success(request, _("Saved. Your answers are kept for 30 days; come back when it suits you."))
    return redirect("home") if not _is_urgent(request) else redirect("page-screening")


def _send(request: HttpRequest) -> HttpResponse:
    """Agree to what was ticked, and send."""
    for kind in OPTIONAL:
        if version := request.POST.get(f"consent-{kind}"):
            consents.give(
                member_id=member_of(request), kind=kind, version=version, language=language(), now=clock.now()
            )
    screening = drafts.finish(member_id=member_of(request), seen=_seen(request), now=clock.now())
    return redirect("page-screening-result", screening.pk)


def _discard(request: HttpRequest) -> HttpResponse:
    """Forget what was saved."""
    drafts.discard(member_id=member_of(request))
    messages.success(request, _("Deleted. Nothing of it was kept."))
    return redirect("page-screening")


_ACTS = {"begin": _begin, "next": _next, "pause": _pause, "send": _send, "discard": _discard}


def _saved(request: HttpRequest) -> ScreeningDraft:
    """Save what was typed; nothing typed changes nothing. Raises what drafts.save and drafts.resume raise."""
    answers, member_id = typed_in(request), member_of(request)
    if not answers:
        return drafts.resume(member_id=member_id, now=clock.now())[0]
    return drafts.save(member_id=member_id, seen=_seen(request), answers=answers, now=clock.now())


def _seen(request: HttpRequest) -> drafts.Revision:
    """The draft and revision that the form was shown with. Raises NotFound for what no page of ours sends."""
    name, _dot, number = request.POST.get("seen", "").partition(".")
    try:
        return drafts.Revision(draft_id=UUID(name), number=int(number[:9]))
    except ValueError:
        raise NotFound("There is no such draft.") from None


def _questionnaire_of(draft: ScreeningDraft) -> Questionnaire:
    return get_questionnaires()[draft.questionnaire]


def _is_urgent(request: HttpRequest) -> bool:
    draft = find_draft(member_of(request))
    return draft is not None and help_for(_questionnaire_of(draft), draft.answers) is not None


def _to(step: str, more: str = "") -> HttpResponse:
    answer = redirect("page-screening")
    answer.headers["Location"] += f"?step={step}{more}"
    return answer

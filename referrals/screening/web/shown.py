"""What the pages show of a questionnaire and of consents, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from referrals.screening.models import ScreeningDraft
from referrals.screening.queries import get_consents
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.questionnaires import Item, Kind, Questionnaire, Section, is_urgent, said
from workers.kernel.web import language

SEND = "send"  # the last step, after the sections
GIVEN = {"yes": True, "no": False, "0": 0, "1": 1, "2": 2, "3": 3}  # what a radio button stands for
_YES_NO = {"yes": _("Yes"), "no": _("No")}
OPTIONAL = (ConsentKind.CLINIC, ConsentKind.SUBSTANCE_USE)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A page of the questionnaire: a section's id or SEND, and how much of it is answered."""

    id: str
    title: Any
    is_done: bool
    is_required: bool


def member_of(request: HttpRequest) -> UUID:
    """Return whose page it is."""
    user: Any = request.user
    return user.member_id  # type: ignore[no-any-return] # the stubs know no member_id


def typed_in(request: HttpRequest) -> dict[str, object]:
    """Return the answers of a form by the ids of the items; what is no answer the service refuses."""
    return {name[2:]: GIVEN.get(str(value), value) for name, value in request.POST.items() if name.startswith("q-")}


def help_for(questionnaire: Questionnaire, answers: Mapping[str, object]) -> dict[str, Any] | None:
    """Return whom to call, where one of these answers calls for it."""
    return questionnaire.crisis_help.shown(language()) if is_urgent(questionnaire, answers) else None


def steps_of(questionnaire: Questionnaire, answers: Mapping[str, object]) -> list[Step]:
    """Return the sections in their order, and sending at the end."""
    sections = [
        Step(
            id=section.id,
            title=said(section.title, language()),
            is_done=not missing_in(section, answers),
            is_required=section.is_required,
        )
        for section in questionnaire.sections
    ]
    return [*sections, Step(id=SEND, title=_("Look and send"), is_done=False, is_required=True)]


def missing_in(section: Section, answers: Mapping[str, object]) -> list[str]:
    """Return the ids of a section's questions without an answer."""
    return [item.id for item in section.items if answers.get(item.id) is None]


def shown_step(draft: ScreeningDraft, questionnaire: Questionnaire, wanted: str, **more: Any) -> dict[str, Any]:
    """Return what a page of the questionnaire shows: the step that was asked for, or the first with something left.

    `more` may hold `typed`, answers that were not saved, and `marks_missing`.
    """
    answers = draft.answers | dict(more.get("typed", {}))
    steps = steps_of(questionnaire, answers)
    step = next((one for one in steps if one.id == wanted), None) or _first_open(steps)
    place = steps.index(step)
    return {
        "steps": steps,
        "step": step,
        "place": place + 1,
        "percent": round(100 * place / len(steps)),
        "before": steps[place - 1] if place else None,
        "section": _section(questionnaire, step.id, answers, marks_missing=bool(more.get("marks_missing"))),
        "left": [one for one in steps if one.is_required and not one.is_done and one.id != SEND],
        "seen": f"{draft.pk}.{draft.revision}",
        "crisis_help": help_for(questionnaire, answers),
    }


def _first_open(steps: list[Step]) -> Step:
    """The first step that is still to be answered; of those that may be left out, none is."""
    return next((one for one in steps if one.is_required and not one.is_done), steps[-1])


def _section(
    questionnaire: Questionnaire, section_id: str, answers: Mapping[str, object], *, marks_missing: bool
) -> dict[str, Any] | None:
    section = next((one for one in questionnaire.sections if one.id == section_id), None)
    if section is None:
        return None
    missing = missing_in(section, answers) if marks_missing and section.is_required else []
    return {
        "is_required": section.is_required,
        "intro": said(section.intro, language()) if section.intro else "",
        "citation": section.citation,
        "items": [_item(item, section, answers) | {"is_missing": item.id in missing} for item in section.items],
        "is_incomplete": bool(missing),
    }


def _item(item: Item, section: Section, answers: Mapping[str, object]) -> dict[str, Any]:
    labels: dict[str, Any] = {str(grade): said(label, language()) for grade, label in enumerate(section.labels)}
    chosen = answers.get(item.id)
    options = [
        {"value": value, "label": label, "is_chosen": type(chosen) is type(GIVEN[value]) and chosen == GIVEN[value]}
        for value, label in (_YES_NO if item.kind == Kind.YES_NO else labels).items()
    ]
    return {"id": item.id, "text": said(item.text, language()), "options": options}


def consent_text(kind: ConsentKind) -> dict[str, Any]:
    """Return the text in force that a member agrees to."""
    text = get_consents().in_force(kind)
    return {"kind": str(kind), "version": text.version, "text": said(text.text, language()), "days": text.days}

"""The JSON of questionnaires, crisis help and screenings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from referrals.screening.models import AnswerRead, Screening
from referrals.screening.queries import current_questionnaire, get_consents, get_questionnaires
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.questionnaires import Kind, Questionnaire, Result, is_urgent, said
from workers.kernel import clock
from workers.kernel.errors import DomainError


class ItemOutput(serializers.Serializer[Any]):
    """A question: `kind` yes_no is answered true or false, `scale` 0 to 3."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(list(Kind))
    text = serializers.CharField()


class SectionOutput(serializers.Serializer[Any]):
    """Questions that belong together; of a section that is not required any may be left out."""

    id = serializers.CharField()
    title = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment] # a field, not the option
    items = ItemOutput(many=True)
    intro = serializers.CharField(required=False)
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    citation = serializers.CharField(required=False)


class ConsentTextOutput(serializers.Serializer[Any]):
    """A text to agree to; it holds for `days`."""

    kind = serializers.ChoiceField(list(ConsentKind))
    version = serializers.CharField()
    text = serializers.CharField()
    days = serializers.IntegerField()


class QuestionnaireOutput(serializers.Serializer[Any]):
    """A questionnaire in the reader's language.

    Sending answers agrees to `consent`; `other_consents` are asked for one by one, and none of them is needed.
    """

    id = serializers.CharField()
    title = serializers.CharField()
    consent = ConsentTextOutput()
    other_consents = ConsentTextOutput(many=True)
    sections = SectionOutput(many=True)


class SentenceOutput(serializers.Serializer[Any]):
    """A text in one language."""

    language = serializers.CharField()
    text = serializers.CharField()


class CrisisHelpOutput(serializers.Serializer[Any]):
    """Numbers to `call` and to `text`, of the `emergency` services, and what to say, in the reader's language first."""

    call = serializers.CharField()
    text = serializers.CharField()
    emergency = serializers.CharField()
    texts = SentenceOutput(many=True)


class AnswerReadOutput(serializers.ModelSerializer[AnswerRead]):
    """Somebody read the answers: an operator, or the clinic that accepted."""

    class Meta:
        model = AnswerRead
        fields = ("at", "reason", "clinic_id", "with_substance_use")


@extend_schema_serializer(component_name="Screening")
class ScreeningOutput(serializers.Serializer[Any]):
    """What the answers come to; `crisis_help`, when there, is to be shown before anything else."""

    crisis_help = CrisisHelpOutput(required=False)
    id = serializers.UUIDField()
    result = serializers.ChoiceField(list(Result))


@extend_schema_serializer(component_name="OwnScreening")
class OwnScreeningOutput(ScreeningOutput):
    """A member's own screening, and who has read its answers."""

    questionnaire = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    reads = AnswerReadOutput(many=True)


def reader_language() -> str:
    """The language of Accept-Language: en or es."""
    return (get_language() or "en").partition("-")[0]


def shown_questionnaire(questionnaire: Questionnaire) -> dict[str, Any]:
    """A questionnaire and what goes with it, in the reader's language."""
    language = reader_language()
    texts = [consent_text(kind) for kind in ConsentKind]
    return questionnaire.in_language(language) | {"consent": texts[0], "other_consents": texts[1:]}


def consent_text(kind: ConsentKind) -> dict[str, Any]:
    """The text in force, in the reader's language."""
    text = get_consents().in_force(kind)
    return {"kind": kind, "version": text.version, "text": said(text.text, reader_language()), "days": text.days}


def shown_screening(screening: Screening) -> dict[str, Any]:
    """What a member is told, help first."""
    questionnaire = get_questionnaires()[screening.questionnaire]
    urgent = screening.result == Result.URGENT
    return help_first(questionnaire if urgent else None) | {"id": screening.pk, "result": screening.result}


def help_first(questionnaire: Questionnaire | None) -> dict[str, Any]:
    """Whom to call, to stand before all else in an answer; nothing without a questionnaire."""
    return {"crisis_help": questionnaire.crisis_help.shown(reader_language())} if questionnaire else {}


@contextmanager
def help_even_when_refused(questionnaire: Questionnaire | None, answers: Mapping[str, Any]) -> Iterator[None]:
    """Whatever is wrong with a request: who told of an urgent answer is shown whom to call.

    Where the version is unknown the current one's questions are asked alike.
    """
    asked = questionnaire or current_questionnaire(clock.now())
    try:
        yield
    except DomainError as error:
        if is_urgent(asked, answers):
            error.extra = help_first(asked) | error.extra
        raise

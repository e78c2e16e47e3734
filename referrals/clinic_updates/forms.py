"""The form of an answer to an offer: yes, or no and why."""

from typing import Any

from django import forms

from referrals.clinic_updates.rules import Choice
from referrals.offers.rules import DECLINE_REASONS

_ASKED = {"en": "Why not?", "es": "¿Por qué no?"}
_NEEDED = {
    "en": "Choose a reason: it tells us whom to ask next.",
    "es": "Elija un motivo: así sabemos a quién preguntar.",
}
_WORDS = {
    "en": {
        "no_capacity": "No place free",
        "not_a_fit": "Not a fit for our practice",
        "out_of_scope": "Beyond what we treat",
        "schedule": "No times that fit",
        "language": "We do not speak the language",
        "other": "Another reason",
    },
    "es": {
        "no_capacity": "No hay plazas libres",
        "not_a_fit": "No encaja con nuestra consulta",
        "out_of_scope": "Fuera de lo que tratamos",
        "schedule": "Ningún horario que convenga",
        "language": "No hablamos el idioma",
        "other": "Otro motivo",
    },
}


class AnswerForm(forms.Form):
    """Each of its two buttons is a choice; declining needs a reason."""

    choice = forms.ChoiceField(choices=[(c, c) for c in Choice], widget=forms.HiddenInput)
    reason = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = language
        words = [(str(reason), _WORDS[language].get(reason, str(reason))) for reason in DECLINE_REASONS]
        reasons = forms.ChoiceField(choices=[("", "–"), *words], required=False, label=_ASKED[language])
        self.fields["reason"] = reasons

    def clean(self) -> dict[str, Any]:
        """A reason goes with a no."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("choice") == Choice.DECLINE and not cleaned.get("reason"):
            self.add_error("reason", _NEEDED[self.language])
        return cleaned

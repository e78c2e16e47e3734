"""What operators type about a referral."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.offers.models import Offer
from referrals.offers.rules import DECLINE_REASONS, OPEN
from referrals.requests.models import Channel, Party
from referrals.words import choices

_LONGEST = 2_000
_TEXT = forms.Textarea(attrs={"rows": 3})
_CHANNELS = [
    ("", _("nobody: only a remark")),
    (Channel.PHONE, _("by telephone")),
    (Channel.EMAIL, _("by e-mail")),
    (Channel.VIDEO, _("by video")),
    (Channel.LETTER, _("by letter")),
]


class NoteForm(forms.Form):
    """A remark, or a contact that was made."""

    text = forms.CharField(label=_("What there is to know"), max_length=_LONGEST, widget=_TEXT)
    channel = forms.ChoiceField(label=_("Whom did you contact, and how?"), choices=_CHANNELS, required=False)
    party = forms.ChoiceField(
        label=_("Who"), choices=choices("party", Party.MEMBER, Party.CLINIC), initial=Party.MEMBER, required=False
    )
    reached = forms.BooleanField(label=_("They were reached"), required=False)

    def clean(self) -> dict[str, Any]:
        """A contact is with somebody."""
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["party"] = cleaned.get("party") or Party.MEMBER
        return cleaned


class ReassignForm(forms.Form):
    """Which clinic to ask instead, and why."""

    clinic_id = forms.ChoiceField(label=_("Clinic"))
    why = forms.CharField(label=_("Why this one"), max_length=_LONGEST, widget=_TEXT)

    def __init__(self, *args: Any, clinics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clinic_id"] = forms.ChoiceField(label=_("Clinic"), choices=clinics)


class PhoneForm(forms.Form):
    """What a clinic that was asked said on the telephone."""

    offer_id = forms.ChoiceField(label=_("Which clinic"))
    answer = forms.ChoiceField(
        label=_("They said"), choices=[("yes", _("yes, they take them")), *choices("decline", *DECLINE_REASONS)]
    )
    note = forms.CharField(label=_("Whom you spoke to, and what was said"), max_length=_LONGEST, widget=_TEXT)

    def __init__(self, *args: Any, offers: list[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [(str(one.pk), one.clinic.name) for one in offers if one.status in OPEN]
        self.fields["offer_id"] = forms.ChoiceField(label=_("Which clinic"), choices=asked)

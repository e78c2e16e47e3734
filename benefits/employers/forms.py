"""What owners type about the employer's admins."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.accounts.models import ALL_HR, HrPermission

PERMISSION_WORDS = {
    HrPermission.OWNER: _("Owner: admins, sign-on, history"),
    HrPermission.PEOPLE: _("People: the roster and its files"),
    HrPermission.BILLING: _("Billing: invoices and the account"),
}


def _permissions() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("What they may do besides reading"),
        choices=list(PERMISSION_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class InviteForm(forms.Form):
    """Whom to invite, and what they may do."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    permissions = _permissions()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].initial = list(ALL_HR)


class PermissionsForm(forms.Form):
    """What an admin may do from now on; `seen` is what they could when the form was shown."""

    permissions = _permissions()
    admin_id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=200)

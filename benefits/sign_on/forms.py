"""What owners type about their provider."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignOnForm(forms.Form):
    """A provider as its own console shows it; the secret is written and never read back."""

    issuer = forms.CharField(
        label=_("Issuer"), max_length=300, help_text=_("An https address, as your provider itself writes it.")
    )
    client_id = forms.CharField(label=_("Client ID"), max_length=200)
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted. Nobody reads it back, so it is typed anew with each change."),
    )
    trusts_mfa = forms.BooleanField(
        label=_("Our provider asks for a second factor: do not ask for another one here"), required=False
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=100)

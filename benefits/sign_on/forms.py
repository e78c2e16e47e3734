"""What owners type about their provider."""

from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.sign_on.models import Protocol

_PROTOCOLS = [(Protocol.OIDC, "OpenID Connect"), (Protocol.SAML, "SAML 2.0")]


class SignOnForm(forms.Form):
    """A provider as its own console shows it; the secret is written and never read back."""

    protocol = forms.ChoiceField(label=_("Protocol"), choices=_PROTOCOLS, initial=Protocol.OIDC)
    issuer = forms.CharField(
        label=_("Issuer"),
        max_length=300,
        help_text=_("As your provider writes it: with OpenID Connect an https address, with SAML its entity ID."),
    )
    client_id = forms.CharField(label=_("Client ID"), max_length=200, required=False, help_text=_("OpenID Connect."))
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("OpenID Connect. Kept encrypted; left empty it stays the one of before."),
    )
    sso_url = forms.CharField(label=_("Sign-on URL"), max_length=500, required=False, help_text=_("SAML."))
    certificates = forms.CharField(
        label=_("Signing certificates"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("SAML. As PEM, one below the other while your provider changes from one to the next."),
    )
    trusts_mfa = forms.BooleanField(
        label=_("Our provider asks for a second factor: do not ask for another one here"), required=False
    )
    is_required = forms.BooleanField(
        label=_("Require it of all our admins"),
        required=False,
        help_text=_("Everybody is signed out and passwords let nobody in. First sign in by it once yourself."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=100)

"""The form that accepts an invitation, and what allauth asks of passkeys."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

from benefits.accounts.models import Invitation, UserRole

_WORDS = {
    "en": {
        "password": "Password",
        "password_help": "At least 12 characters. A few unrelated words are easy to remember.",
        "email": "Another e-mail address (optional)",
        "email_help": "Leave this empty to sign in with {address}. To another one we mail a link first. "
        "Your employer does not learn which one you use.",
    },
    "es": {
        "password": "Contraseña",
        "password_help": "Al menos 12 caracteres. Unas cuantas palabras sin relación son fáciles de recordar.",
        "email": "Otra dirección de correo (opcional)",
        "email_help": "Déjela vacía para entrar con {address}. A otra dirección le enviaremos antes un enlace. "
        "Su empresa no sabrá cuál usa.",
    },
}


class ActivationForm(forms.Form):
    """A password; employees may choose another address than the one they were invited at."""

    token = forms.CharField(max_length=1000, widget=forms.HiddenInput)
    password = forms.CharField(
        max_length=128, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    email = forms.EmailField(required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def __init__(self, *args: Any, invitation: Invitation, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _WORDS[language]
        self.fields["password"].label = words["password"]
        self.fields["password"].help_text = words["password_help"]
        self.fields["email"].label = words["email"]
        self.fields["email"].help_text = words["email_help"].format(address=invitation.email)
        if invitation.role != UserRole.EMPLOYEE:
            del self.fields["email"]


_LONGEST_NAME = 60  # characters: it stands in a list, and in a question
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)  # what a made-up credential raises below allauth


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    """Another passkey; allauth's choice between kinds of keys is left out (config/settings/sign_in.py)."""

    passwordless = None
    name = forms.CharField(
        required=False,
        max_length=_LONGEST_NAME,
        label=_("Name"),
        help_text=_("By which you know it again: “My phone”."),
    )

    def clean(self) -> dict[str, Any]:
        """The key is new, was made just now for this site, and asked for a finger, a face or a PIN."""
        try:
            return super().clean()  # type: ignore[no-any-return]  # nor is what it returns
        except _MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    """Another name for a passkey, no longer than it could have been at first."""

    name = forms.CharField(max_length=_LONGEST_NAME, label=_("Name"))


class _Shown(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    """A passkey that somebody shows: what is not even one is refused like a wrong one."""

    def clean_credential(self) -> Authenticator:
        """Whose it is."""
        try:
            return super().clean_credential()
        except _MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeySignInForm(_Shown, LoginWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    """Instead of address and password."""


class PasskeySecondForm(_Shown):
    """After address and password, instead of a code."""


class PasskeyAgainForm(_Shown, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    """By somebody who is signed in."""

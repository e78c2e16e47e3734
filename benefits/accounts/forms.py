"""The form that accepts an invitation."""

from typing import Any

from django import forms

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

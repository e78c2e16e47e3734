"""The form that closes an account."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ClosingForm(forms.Form):
    """That it is meant."""

    understood = forms.BooleanField(label=_("I understand: it is for good, and I cannot open another account."))

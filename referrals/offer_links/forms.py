"""The form of the page: the answer, and the token that may give it."""

from django import forms

from referrals.clinic_updates.forms import AnswerForm


class LinkForm(AnswerForm):
    """The answer of whoever holds the token."""

    token = forms.CharField(max_length=100, widget=forms.HiddenInput)

"""What HR admins ask about tokens."""

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from benefits.scim.rules.tokens import MOST_OVERLAP, OVERLAP
from workers.kernel.api import Input


class ScimTokenInput(Input):
    """A token to be made."""

    name = serializers.CharField(max_length=80, help_text="Which identity provider it is for.")


class ScimTokenRotationInput(Input):
    """For how many hours the former token works beside the new one; 0 after a leak."""

    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=int(MOST_OVERLAP.total_seconds()) // 3600,
        default=int(OVERLAP.total_seconds()) // 3600,
    )


class TokenForm(forms.Form):
    """A token to be made, on HR's page."""

    name = forms.CharField(
        label=_("Which identity provider is it for?"), max_length=80, help_text=_("Such as Entra or Okta.")
    )

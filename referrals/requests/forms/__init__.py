"""What is sent to requests: JSON by programs, forms by people."""

from referrals.requests.forms.inputs import (
    MAX_CENTS,
    MAX_DISTANCE_KM,
    MOST_PICKS,
    ContactInput,
    NoteInput,
    PreferencesInput,
    ReleaseInput,
    RequestInput,
    WishesInput,
)
from referrals.requests.forms.pages import USUAL_MILES, AskForm, FindForm, WishesForm, miles_of

__all__ = [
    "MAX_CENTS",
    "MAX_DISTANCE_KM",
    "MOST_PICKS",
    "USUAL_MILES",
    "AskForm",
    "ContactInput",
    "FindForm",
    "NoteInput",
    "PreferencesInput",
    "ReleaseInput",
    "RequestInput",
    "WishesForm",
    "WishesInput",
    "miles_of",
]

"""The codes of all apps as people say them: `{{ offer.route|in_words:"route" }}`."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.words import WORDS as MONEY
from referrals.facade import WORDS as CARE

_ENGINE: Mapping[str, Mapping[str, Any]] = {
    "delivery": {
        "ready": _("Waiting"),
        "done": _("Delivered"),
        "dead": _("Given up"),
        "parked": _("Held back"),
    },
}
WORDS: Mapping[str, Mapping[str, Any]] = {**CARE, **MONEY, **_ENGINE}

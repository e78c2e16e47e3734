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
    "queue": {"jobs": _("Jobs"), "deliveries": _("Deliveries"), "emails": _("E-mails"), "timers": _("Timers")},
    "stuck_queue": {"jobs": _("Stuck jobs"), "deliveries": _("Stuck deliveries"), "emails": _("Stuck e-mails")},
    "row": {"ready": _("is due"), "later": _("later"), "parked": _("parked"), "dead": _("dead")},
    "intervention": {"replay": _("Tried again"), "drop": _("Dropped")},
}
WORDS: Mapping[str, Mapping[str, Any]] = {**CARE, **MONEY, **_ENGINE}

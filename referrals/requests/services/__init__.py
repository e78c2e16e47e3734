"""What happens to requests: asking, changing one's mind, moving from state to state, telling, noting."""

from referrals.requests.services.asking import (
    NotCovered,
    Preferences,
    RequestPending,
    RouteNotCovered,
    coverage_today,
    coverages_today,
    open_request,
)
from referrals.requests.services.changing import (
    ChangedMeanwhile,
    change_clinic,
    change_wishes,
    lapse,
    lapse_uncovered,
    withdraw,
    withdraw_all,
)
from referrals.requests.services.moving import (
    NotInThatState,
    complete,
    mark_accepted,
    mark_offered,
    mark_unplaced,
    move,
    release,
    reopen,
    return_to_operator,
    succeed,
)
from referrals.requests.services.noting import add_note
from referrals.requests.services.telling import (
    escalate,
    tell_member,
    tell_operators,
    watch_cover,
)

__all__ = [
    "ChangedMeanwhile",
    "NotCovered",
    "NotInThatState",
    "Preferences",
    "RequestPending",
    "RouteNotCovered",
    "add_note",
    "change_clinic",
    "change_wishes",
    "complete",
    "coverage_today",
    "coverages_today",
    "escalate",
    "lapse",
    "lapse_uncovered",
    "mark_accepted",
    "mark_offered",
    "mark_unplaced",
    "move",
    "open_request",
    "release",
    "reopen",
    "return_to_operator",
    "succeed",
    "tell_member",
    "tell_operators",
    "watch_cover",
    "withdraw",
    "withdraw_all",
]

"""Changing the roster, and inviting the people on it."""

from benefits.enrollment.services.applying import NoPlan, apply_changes
from benefits.enrollment.services.changing import CHANGEABLE, OtherPerson, describe, tag_of
from benefits.enrollment.services.inviting import (
    ask_to_invite,
    follow_contact,
    invite,
    invite_all,
    may_be_invited,
    stop_mail,
    stop_mail_of_closed,
)
from benefits.enrollment.services.living import (
    NotPossibleNow,
    record_death,
    rehire,
    reinstate,
    return_from_leave,
    take_leave,
    terminate,
    undo_death,
)
from benefits.enrollment.services.merging import CannotMerge, merge
from benefits.enrollment.services.recording import recorded
from benefits.enrollment.services.undoing import restore_contacts, undo_changes

__all__ = [
    "CHANGEABLE",
    "CannotMerge",
    "NoPlan",
    "NotPossibleNow",
    "OtherPerson",
    "apply_changes",
    "ask_to_invite",
    "describe",
    "follow_contact",
    "invite",
    "invite_all",
    "may_be_invited",
    "merge",
    "record_death",
    "recorded",
    "rehire",
    "reinstate",
    "restore_contacts",
    "return_from_leave",
    "stop_mail",
    "stop_mail_of_closed",
    "tag_of",
    "take_leave",
    "terminate",
    "undo_changes",
    "undo_death",
]

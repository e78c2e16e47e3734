"""HR's members: the roster, one member, the steps of their life, their history; and the operator's merging."""

from benefits.enrollment.api.history import MemberHistory
from benefits.enrollment.api.life import (
    MemberDeath,
    MemberLeave,
    MemberRehire,
    MemberReinstatement,
    MemberReturn,
    MemberTermination,
)
from benefits.enrollment.api.members import MemberDetail, Members, OperatorMembers
from benefits.enrollment.api.merging import MergeMembers

__all__ = [
    "MemberDeath",
    "MemberDetail",
    "MemberHistory",
    "MemberLeave",
    "MemberRehire",
    "MemberReinstatement",
    "MemberReturn",
    "MemberTermination",
    "Members",
    "MergeMembers",
    "OperatorMembers",
]

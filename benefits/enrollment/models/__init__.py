"""Members, where to reach them, their periods of cover, and what was changed."""

from benefits.enrollment.models.cover import TOLD_OF_COVER, Enrollment
from benefits.enrollment.models.history import Door, MemberChange
from benefits.enrollment.models.members import (
    DESCRIBED,
    TOLD_OF_MEMBER,
    EmploymentStatus,
    Member,
    MemberContact,
    Relationship,
)

__all__ = [
    "DESCRIBED",
    "TOLD_OF_COVER",
    "TOLD_OF_MEMBER",
    "Door",
    "EmploymentStatus",
    "Enrollment",
    "Member",
    "MemberChange",
    "MemberContact",
    "Relationship",
]

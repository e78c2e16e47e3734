"""Members, where to reach them, their periods of cover, and what was changed."""

from benefits.enrollment.models.cover import Enrollment
from benefits.enrollment.models.history import Door, MemberChange
from benefits.enrollment.models.members import DESCRIBED, EmploymentStatus, Member, MemberContact, Relationship

__all__ = [
    "DESCRIBED",
    "Door",
    "EmploymentStatus",
    "Enrollment",
    "Member",
    "MemberChange",
    "MemberContact",
    "Relationship",
]

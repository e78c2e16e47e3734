"""The tables of benefits, gathered for Django."""

from benefits.accounts.models import Invitation, Session, User
from benefits.eligibility.models import EligibilityFile, StagedRow
from benefits.employers.models import Employer
from benefits.enrollment.models import Enrollment, Member, MemberContact
from benefits.plans.models import Plan, PlanContribution

__all__ = [
    "EligibilityFile",
    "Employer",
    "Enrollment",
    "Invitation",
    "Member",
    "MemberContact",
    "Plan",
    "PlanContribution",
    "Session",
    "StagedRow",
    "User",
]

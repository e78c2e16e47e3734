"""The tables of benefits, gathered for Django."""

from benefits.accounts.models import Invitation, Session, User
from benefits.eligibility.models import Approval, ChangeSet, ColumnMapping, StagedRow, UploadedPart
from benefits.employers.models import AdminInvitation, Employer, EmployerChange, EmployerDomain
from benefits.enrollment.models import Enrollment, Member, MemberChange, MemberContact
from benefits.letters.models import IdentityClaim, Letter, LetterOrder
from benefits.plans.models import Plan, PlanContribution
from benefits.reports.models import QuarterFigure
from benefits.scim.models import ScimToken, ScimTokenChange, ScimUser
from benefits.sign_on.models import SignOn, SignOnIdentity
from benefits.x12.models import X12File, X12Portion

__all__ = [
    "AdminInvitation",
    "Approval",
    "ChangeSet",
    "ColumnMapping",
    "Employer",
    "EmployerChange",
    "EmployerDomain",
    "Enrollment",
    "IdentityClaim",
    "Invitation",
    "Letter",
    "LetterOrder",
    "Member",
    "MemberChange",
    "MemberContact",
    "Plan",
    "PlanContribution",
    "QuarterFigure",
    "ScimToken",
    "ScimTokenChange",
    "ScimUser",
    "Session",
    "SignOn",
    "SignOnIdentity",
    "StagedRow",
    "UploadedPart",
    "User",
    "X12File",
    "X12Portion",
]

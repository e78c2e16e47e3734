"""The tables of referrals, gathered for Django."""

from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinics.models import Clinic, ClinicPrice
from referrals.courses.models import Course, Session
from referrals.offers.models import Offer
from referrals.requests.models import Request, RequestStep
from referrals.routing.models import RoutingDecision
from referrals.screening.models import Screening

__all__ = [
    "Clinic",
    "ClinicPrice",
    "ClinicUpdate",
    "Course",
    "Offer",
    "Request",
    "RequestStep",
    "RoutingDecision",
    "Screening",
    "Session",
]

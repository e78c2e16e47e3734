"""The tables of referrals, gathered for Django."""

from referrals.clinic_access.models import AccessToken, ApiClient, ClientChange, ClientSecret
from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinics.models import (
    Clinic,
    ClinicCredential,
    ClinicFile,
    ClinicHours,
    ClinicPrice,
    Organization,
    StagedClinic,
)
from referrals.courses.models import Course, Session
from referrals.fhir.models import ReferralExport
from referrals.npi_registry.models import NpiRecord, RegistryFile
from referrals.offer_links.models import OfferLink
from referrals.offers.models import Offer, ReferralRead
from referrals.requests.models import Request, RequestNote, RequestStep
from referrals.routing.models import ClinicRecord, NetworkGap, RoutingDecision
from referrals.sandbox.models import SandboxOffer
from referrals.screening.models import AnswerRead, Consent, Screening, ScreeningDraft, UrgentCase

__all__ = [
    "AccessToken",
    "AnswerRead",
    "ApiClient",
    "ClientChange",
    "ClientSecret",
    "Clinic",
    "ClinicCredential",
    "ClinicFile",
    "ClinicHours",
    "ClinicPrice",
    "ClinicRecord",
    "ClinicUpdate",
    "Consent",
    "Course",
    "NetworkGap",
    "NpiRecord",
    "Offer",
    "OfferLink",
    "Organization",
    "ReferralExport",
    "ReferralRead",
    "RegistryFile",
    "Request",
    "RequestNote",
    "RequestStep",
    "RoutingDecision",
    "SandboxOffer",
    "Screening",
    "ScreeningDraft",
    "Session",
    "StagedClinic",
    "UrgentCase",
]

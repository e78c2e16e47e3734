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
from referrals.courses.models import ClinicCalendar, Course, MemberAvailability, Session, SessionStep
from referrals.npi_registry.models import NpiRecord, RegistryFile
from referrals.offer_links.models import OfferLink
from referrals.offers.models import Offer, ReferralRead
from referrals.outcomes.models import Outcome
from referrals.protocols.models import ProtocolVariant
from referrals.reminders.models import ClinicPreparation, PreparationList, ReminderChain, ReminderNotice
from referrals.requests.models import Request, RequestNote, RequestStep
from referrals.routing.models import ClinicRecord, NetworkGap, RoutingDecision
from referrals.sandbox.models import SandboxOffer
from referrals.screening.models import AnswerRead, Consent, Screening, ScreeningDraft, UrgentCase
from referrals.stories.models import StoryLook

__all__ = [
    "AccessToken",
    "AnswerRead",
    "ApiClient",
    "ClientChange",
    "ClientSecret",
    "Clinic",
    "ClinicCalendar",
    "ClinicCredential",
    "ClinicFile",
    "ClinicHours",
    "ClinicPreparation",
    "ClinicPrice",
    "ClinicRecord",
    "ClinicUpdate",
    "Consent",
    "Course",
    "MemberAvailability",
    "NetworkGap",
    "NpiRecord",
    "Offer",
    "OfferLink",
    "Organization",
    "Outcome",
    "PreparationList",
    "ProtocolVariant",
    "ReferralRead",
    "RegistryFile",
    "ReminderChain",
    "ReminderNotice",
    "Request",
    "RequestNote",
    "RequestStep",
    "RoutingDecision",
    "SandboxOffer",
    "Screening",
    "ScreeningDraft",
    "Session",
    "SessionStep",
    "StagedClinic",
    "StoryLook",
    "UrgentCase",
]

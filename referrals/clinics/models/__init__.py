"""The tables of the directory: organisations, their places, and what is verified, charged, opened and imported."""

from referrals.clinics.models.clinics import Clinic, Organization
from referrals.clinics.models.credentials import ClinicCredential
from referrals.clinics.models.files import ClinicFile, FileStatus, StagedClinic
from referrals.clinics.models.hours import ClinicHours
from referrals.clinics.models.prices import ClinicPrice
from referrals.clinics.rules.standing import ClinicStatus

__all__ = [
    "Clinic",
    "ClinicCredential",
    "ClinicFile",
    "ClinicHours",
    "ClinicPrice",
    "ClinicStatus",
    "FileStatus",
    "Organization",
    "StagedClinic",
]

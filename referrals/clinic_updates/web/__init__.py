"""The pages on which a clinic's staff answers offers, runs its appointments and says what it has room for."""

from referrals.clinic_updates.web.calendar import ClinicSessions
from referrals.clinic_updates.web.offers import OneOffer
from referrals.clinic_updates.web.places import ClinicPlaces
from referrals.clinic_updates.web.referrals import ClinicReferral
from referrals.clinic_updates.web.sessions import ClinicSession

__all__ = ["ClinicPlaces", "ClinicReferral", "ClinicSession", "ClinicSessions", "OneOffer"]

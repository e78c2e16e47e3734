"""The pages of a clinic's own entry: prices, credentials, a new webhook address; and the operator's of credentials."""

from referrals.clinics.web.shown import ClinicPage

__all__ = ["ClinicPage"]

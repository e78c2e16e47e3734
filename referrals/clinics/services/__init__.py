"""Keeping the directory: one module per concern, one public function per use case. Others call what is named here."""

from referrals.clinics.services.capacity import return_slot, take_slot, update_capacity
from referrals.clinics.services.credentials import CredentialOnFile, NewCredential
from referrals.clinics.services.endpoints import NewEndpoint, add_endpoint, tell_of_disabled_endpoint
from referrals.clinics.services.hours import ImpossibleHours, set_hours
from referrals.clinics.services.prices import (
    IncompletePrices,
    Price,
    PriceSet,
    announce_price,
    set_price,
    set_prices,
)
from referrals.clinics.services.signing import BadNpi, BadTaxonomy, NewClinic, NpiTaken, create, create_all
from referrals.clinics.services.standing import ClinicIsArchived, archive, set_status, tell_of_suspension

__all__ = [
    "BadNpi",
    "BadTaxonomy",
    "ClinicIsArchived",
    "CredentialOnFile",
    "ImpossibleHours",
    "IncompletePrices",
    "NewClinic",
    "NewCredential",
    "NewEndpoint",
    "NpiTaken",
    "Price",
    "PriceSet",
    "add_endpoint",
    "announce_price",
    "archive",
    "create",
    "create_all",
    "return_slot",
    "set_hours",
    "set_price",
    "set_prices",
    "set_status",
    "take_slot",
    "tell_of_disabled_endpoint",
    "tell_of_suspension",
    "update_capacity",
]

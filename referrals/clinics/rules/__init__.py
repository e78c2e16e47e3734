"""Pure rules of the directory: codes and numbers, opening hours, standing, and the reading of our own CSV."""

from referrals.clinics.rules.codes import Format, Gender, Protocol, Route, SessionKind, is_taxonomy
from referrals.npi_registry.rules.numbers import is_npi

__all__ = ["Format", "Gender", "Protocol", "Route", "SessionKind", "is_npi", "is_taxonomy"]

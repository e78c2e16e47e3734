"""Pure rules of the directory: codes and numbers, opening hours, standing, and the reading of our own CSV."""

from referrals.clinics.rules.codes import Format, Gender, Protocol, Route, SessionKind, is_npi, is_taxonomy

__all__ = ["Format", "Gender", "Protocol", "Route", "SessionKind", "is_npi", "is_taxonomy"]

"""The field's words for treatment, and how a provider's number and taxonomy code are written."""

import re
from enum import StrEnum

_NPI_DIGITS = 10
_ISSUER = "80840"  # 80 health application, 840 United States: CMS, "NPI check digit" (docs/facts.md, "Clinics")


class Route(StrEnum):
    """How ketamine is given (docs/facts.md, "Course of treatment")."""

    IV = "iv"
    IM = "im"
    SUBLINGUAL = "sublingual"
    NASAL = "nasal"


class Protocol(StrEnum):
    """How therapy and dosing lie in time (docs/facts.md, "Protocols")."""

    CONCURRENT = "concurrent"
    SEPARATED = "separated"
    SEQUENTIAL = "sequential"


class Format(StrEnum):
    """Alone or in a group."""

    INDIVIDUAL = "individual"
    GROUP = "group"


class Gender(StrEnum):
    """Of a therapist, where a member has a wish; the directory names those that a clinic has."""

    FEMALE = "female"
    MALE = "male"
    NON_BINARY = "non_binary"


class SessionKind(StrEnum):
    """What a session is for; the medical evaluation is the consultation."""

    CONSULTATION = "consultation"
    PREPARATION = "preparation"
    DOSING = "dosing"
    INTEGRATION = "integration"
    FOLLOW_UP = "follow_up"


def is_npi(number: str) -> bool:
    """Whether `number` is a National Provider Identifier: 10 digits, Luhn over "80840" and them."""
    if len(number) != _NPI_DIGITS or not (number.isascii() and number.isdigit()):
        return False
    return _luhn_sum(_ISSUER + number) % 10 == 0


def is_taxonomy(code: str) -> bool:
    """Whether `code` has the form of the NUCC's Health Care Provider Taxonomy: nine letters or digits, and an X."""
    return re.fullmatch(r"[0-9A-Z]{9}X", code) is not None


def _luhn_sum(number: str) -> int:
    """Sum the digits, every second from the right doubled and its own digits added (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])

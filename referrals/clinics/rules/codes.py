"""The field's words for treatment, and how a taxonomy code is written."""

import re
from enum import StrEnum


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


def is_taxonomy(code: str) -> bool:
    """Whether `code` has the form of the NUCC's Health Care Provider Taxonomy: nine letters or digits, and an X."""
    return re.fullmatch(r"[0-9A-Z]{9}X", code) is not None

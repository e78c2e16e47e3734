"""What part of a fee an income and a household leave to be paid: guidelines, programmes' bands, what evidence gives.

Guidelines are data of this slice, read at import (`data/poverty_guidelines.csv`, effective-dated, as HHS publishes them
each January). Programmes are data, too: the built-in ones of `data/programmes.json`, and those that operators save.
Whoever computes with either keeps its `version`.
"""

from billing.sliding_scale.rules.bands import (
    ABOVE_THE_BANDS,
    NO_DISCOUNT,
    STANDARD,
    BadBands,
    Band,
    Discount,
    Programme,
    check_bands,
    discount_for,
)
from billing.sliding_scale.rules.evidence import (
    MOST_BYTES,
    RECERTIFY_AFTER,
    TIME_TO_DOCUMENT,
    Standing,
    evidence_due,
    media_type_of,
    standing_of,
)
from billing.sliding_scale.rules.guidelines import (
    GUIDELINES,
    MAX_HOUSEHOLD,
    MAX_INCOME_CENTS,
    Guideline,
    NoGuideline,
    Region,
    guideline_for,
)
from billing.sliding_scale.rules.programmes import BUILT_IN

__all__ = [
    "ABOVE_THE_BANDS",
    "BUILT_IN",
    "GUIDELINES",
    "MAX_HOUSEHOLD",
    "MAX_INCOME_CENTS",
    "MOST_BYTES",
    "NO_DISCOUNT",
    "RECERTIFY_AFTER",
    "STANDARD",
    "TIME_TO_DOCUMENT",
    "BadBands",
    "Band",
    "Discount",
    "Guideline",
    "NoGuideline",
    "Programme",
    "Region",
    "Standing",
    "check_bands",
    "discount_for",
    "evidence_due",
    "guideline_for",
    "media_type_of",
    "standing_of",
]

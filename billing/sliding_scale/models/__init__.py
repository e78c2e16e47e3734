"""Declared incomes with their evidence and appeals, saved programmes, and the funds that pay discounts."""

from billing.sliding_scale.models.declarations import (
    AppealStatus,
    DeclarationStatus,
    DocumentStatus,
    Evidence,
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    IncomeFile,
)
from billing.sliding_scale.models.funds import SubsidyFund
from billing.sliding_scale.models.programmes import SlidingScaleBand, SlidingScaleProgramme

__all__ = [
    "AppealStatus",
    "DeclarationStatus",
    "DocumentStatus",
    "Evidence",
    "IncomeAppeal",
    "IncomeDeclaration",
    "IncomeDocument",
    "IncomeFile",
    "SlidingScaleBand",
    "SlidingScaleProgramme",
    "SubsidyFund",
]

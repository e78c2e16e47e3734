"""Change-sets, their rows, and how an employer names its columns."""

from benefits.eligibility.models.change_sets import Approval, ChangeSet, Kind, Status, UploadedPart
from benefits.eligibility.models.columns import ColumnMapping
from benefits.eligibility.models.rows import StagedRow

__all__ = [
    "Approval",
    "ChangeSet",
    "ColumnMapping",
    "Kind",
    "StagedRow",
    "Status",
    "UploadedPart",
]

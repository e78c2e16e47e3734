"""How an employer names its columns."""

from uuid import UUID

from benefits.eligibility.models import ColumnMapping


def remembered_columns(employer_id: UUID) -> dict[str, str]:
    """Return {their name: our column, "" for one that is left out}; empty while nothing was said."""
    mapping = column_mapping(employer_id)
    return dict(mapping.columns) if mapping else {}


def column_mapping(employer_id: UUID) -> ColumnMapping | None:
    """Return an employer's mapping, or None while it has none."""
    return ColumnMapping.objects.filter(employer_id=employer_id).first()

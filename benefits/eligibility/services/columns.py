"""Remembering how an employer names its columns."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from benefits.eligibility.models import ColumnMapping
from benefits.eligibility.queries.columns import column_mapping
from benefits.eligibility.rules.columns import MOST_COLUMNS, wrong_mapping
from workers.kernel.errors import ChangedMeanwhile, Invalid
from workers.kernel.words import Sentence
from workers.kernel.words import gettext_noop as _

NEVER_SAID = 0  # the version of a mapping that there is none of yet
_NAMES = Sentence("Name at most %(most)s columns, each of them one of ours or left out.")


def set_columns(
    *, employer_id: UUID, columns: Mapping[str, str], expected_version: int, by: UUID, now: datetime
) -> ColumnMapping:
    """Remember {their name: our column, "" to leave one out} for files to come, in place of what was said before.

    `expected_version` is that of the mapping this builds on, NEVER_SAID for the first. Raises Invalid,
    ChangedMeanwhile.
    """
    wrong = wrong_mapping(columns)
    if wrong or len(columns) > MOST_COLUMNS:
        listed = [{"field": name, "message": message} for name, message in wrong.items()]
        raise Invalid(_NAMES(most=MOST_COLUMNS), errors=listed)
    facts = {"columns": dict(columns), "changed_by": by, "changed_at": now}
    with transaction.atomic():
        if expected_version == NEVER_SAID:
            first = ColumnMapping(employer_id=employer_id, version=1, **facts)
            ColumnMapping.objects.bulk_create([first], ignore_conflicts=True)
            is_ours = ColumnMapping.objects.filter(pk=first.pk).exists()
        else:
            known = ColumnMapping.objects.filter(employer_id=employer_id, version=expected_version)
            is_ours = known.update(**facts, version=F("version") + 1) == 1
    mapping = column_mapping(employer_id)
    if not is_ours or mapping is None:
        current = mapping.version if mapping else NEVER_SAID
        raise ChangedMeanwhile(_("Somebody saved since: read it again, then change it."), current=f'"{current}"')
    return mapping

"""The employer's history: written in the transaction of each change, by whoever makes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from benefits.employers.models import EmployerChange


def record(
    *,
    employer_id: UUID,
    change: str,
    subject_id: UUID,
    by: UUID | None,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down who changed what, as which role; `before` and `after` are JSON of what differs.

    As HR it succeeds only with the permission `owner` (models.EmployerChange).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    EmployerChange.objects.create(
        employer_id=employer_id,
        change=change,
        subject_id=subject_id,
        before=dict(before or {}),
        after=dict(after or {}),
        by_id=by,
        by_role=role,
        at=now,
    )

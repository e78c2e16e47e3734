"""How an employer names the columns of its files."""

from typing import ClassVar

from django.db import models

from benefits.employers.models import Employer
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import OWN_EMPLOYER, seen_by
from workers.kernel.permissions import needs_permission


class ColumnMapping(Aggregate):
    """Remembered from file to file: `columns` is {their name: ours}, "" for a column that is left out.

    `version` is its ETag, which grows with each change: two admins may edit it.
    """

    tenant_field = "employer_id"

    employer = models.OneToOneField(Employer, on_delete=models.PROTECT, related_name="+")
    columns = models.JSONField(default=dict)
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *needs_permission("column_mapping", hr="people"),
            *seen_by(
                "column_mapping",
                hr=(OWN_EMPLOYER, "select, insert, update (version, columns, changed_by, changed_at)"),
            ),
        ]

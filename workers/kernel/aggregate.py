"""The base of every model whose changes are announced."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import connection, models

from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id

# Locked in the order of their ids, so that two transactions over the same rows do not wait for each other.
_NEXT = """
WITH mine AS (SELECT id FROM "{table}" WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
UPDATE "{table}" AS aggregate SET version = version + 1 FROM mine WHERE aggregate.id = mine.id
RETURNING aggregate.id, aggregate.version
"""


class Aggregate(models.Model):
    """A row with an identity and a version that grows by one with each event about it.

    `tenant_field` names the attribute that holds the tenant's id, written on its events.
    """

    tenant_field: ClassVar[str] = "id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def tenant_id(self) -> UUID:
        """The tenant that this row belongs to."""
        return getattr(self, self.tenant_field)  # type: ignore[no-any-return]

    @classmethod
    def next_versions(cls, rows: Sequence["Aggregate"]) -> None:
        """Give each of `rows` (all of this class) its next version, holding their locks until the transaction ends.

        The lock is what makes the order of versions the order of commits.
        """
        with connection.cursor() as cursor:
            cursor.execute(_NEXT.format(table=cls._meta.db_table), [[row.pk for row in rows]])
            versions = dict(cursor.fetchall())
        for row in rows:
            row.version = versions[row.pk]

    @classmethod
    def locked(cls, **where: Any) -> Self:
        """Return the one row matching `where`, locked until the transaction ends. Raises NotFound."""
        row = cls._default_manager.select_for_update(of=("self",)).filter(**where).first()
        if row is None:
            raise NotFound(f"There is no such {cls._meta.verbose_name}.")
        return row

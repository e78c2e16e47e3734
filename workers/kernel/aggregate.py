"""The base of every model whose changes are announced."""

from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models

from workers.kernel.errors import NotFound
from workers.kernel.ids import new_id


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
        return getattr(self, self.tenant_field)  # type: ignore[no-any-return]  # the id of whatever tenant its rows have

    @classmethod
    def locked(cls, **where: Any) -> Self:
        """Return the one row matching `where`, locked until the transaction ends. Raises NotFound."""
        row = cls._default_manager.select_for_update(of=("self",)).filter(**where).first()
        if row is None:
            raise NotFound(f"There is no such {cls._meta.verbose_name}.")
        return row

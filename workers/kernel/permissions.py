"""What writing a row needs beside the role: a permission of whoever acts, asked by the database itself."""

from typing import Any

from django.db import models

from workers.kernel.actor import Role
from workers.kernel.constraints import DatabaseRule


class Restriction(DatabaseRule):
    """A second condition for one command ("insert", "update", "delete") of a role, beside what `RowAccess` grants."""

    def __init__(self, *, name: str, role: str, command: str, rows: str) -> None:
        super().__init__(name=name, role=str(role), command=command, rows=rows)
        self.role, self.command, self.rows = Role(role), command, rows

    def sql(self, model: type[models.Model]) -> str:
        """SQL that adds a restrictive policy: all of them have to hold."""
        condition = "WITH CHECK" if self.command == "insert" else "USING"
        return (
            f'CREATE POLICY "{self.name}" ON "{model._meta.db_table}" AS RESTRICTIVE FOR {self.command} '
            f"TO {self.role} {condition} ({self.rows})"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops it."""
        return f'DROP POLICY "{self.name}" ON "{model._meta.db_table}"'


def needs_permission(prefix: str, **permissions: str) -> list[models.BaseConstraint]:
    """Rows are written only by those of a role who hold a permission: `needs_permission("domain", hr="owner")`.

    What the actor holds is its setting `app.permissions` (workers/kernel/actor.py), so that a mistake in a view does
    not give somebody more than they have. Reading, which `seen_by` grants, is left as it is.
    """
    holds = "'{}' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ','))"
    return [
        Restriction(
            name=f"{prefix}_{command}_by_{role}",
            role=Role[role.upper()],
            command=command,
            rows=f"(SELECT {holds.format(permission)})",
        )
        for role, permission in permissions.items()
        for command in ("insert", "update", "delete")
    ]

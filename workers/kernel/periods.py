"""Periods that never overlap, where they come by the hundred thousand.

PostgreSQL's own exclusion constraint keeps a GiST index, into which a row takes as long to find its way as all its
other indexes together and the row itself. Where writers take their turns anyway, one question a statement is enough.
"""

from typing import Any

from django.db import models

from workers.kernel.constraints import DatabaseRule, Trigger
from workers.kernel.many import ENDS_WITH_FUNCTION, FRESH_BY_HASH

# Who waited for the lock asks with a snapshot of its own after it: what another one committed meanwhile is seen.
# Planned anew each time, as workers/kernel/lasting.py does.
_BODY = """
DECLARE is_refused boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION '{name} is judged by what is committed' USING ERRCODE = 'feature_not_supported';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('{name}' || turn.tenant, 0)) FROM ({tenants}) AS turn;
    {plans}
    EXECUTE $ask$SELECT EXISTS (
        SELECT FROM {rows} AS fresh
        JOIN "{table}" AS other ON other.{tenant} = fresh.{tenant} AND other.{of} = fresh.{of} AND other.id <> fresh.id
        WHERE coalesce(fresh.{last} >= fresh.{first}, true) AND coalesce(other.{last} >= other.{first}, true)
            AND other.{first} <= coalesce(fresh.{last}, 'infinity')
            AND fresh.{first} <= coalesce(other.{last}, 'infinity')
    )$ask$ INTO is_refused USING {given};
    IF is_refused THEN
        RAISE EXCEPTION '{name}: two periods of one {of} overlap' USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = '{name}', TABLE = '{table}';
    END IF;
END;
RETURN NULL;
"""
# Rows of one statement are of few tenants, whose turns are taken in one order.
_TENANTS_OF_MANY = "SELECT DISTINCT {tenant}::text AS tenant FROM fresh ORDER BY 1"
_TENANT_OF_ONE = "SELECT NEW.{tenant}::text AS tenant"


class OneAtATime(DatabaseRule):
    """No two rows of the same `of` (and its `tenant`) have a day in common, in `first` to `last`, both included.

    No `last` means without end; a row whose `last` is before its `first` has no day. Whoever inserts a row, or makes
    one longer, waits for others of the tenant who do, until their transaction ends: of two at once the second is
    refused. Whoever writes sees all rows of the tenant, and an index on (tenant, of) exists; neither ever changes.
    """

    def __init__(self, *, name: str, tenant: str, of: str, first: str, last: str) -> None:
        super().__init__(name=name, tenant=tenant, of=of, first=first, last=last)
        self.columns = {"tenant": tenant, "of": of, "first": first, "last": last}

    def sql(self, model: type[models.Model]) -> str:
        """SQL that creates both triggers."""
        return "; ".join(trigger.sql(model) for trigger in self._triggers(model._meta.db_table))

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops them."""
        return "; ".join(trigger.remove_sql(model, schema_editor) for trigger in self._triggers(model._meta.db_table))

    def _triggers(self, table: str) -> tuple[Trigger, Trigger]:
        """Once for all rows of an INSERT; for an UPDATE only for rows that last longer, nearly always none."""
        is_longer = "NEW.{first} < OLD.{first} OR coalesce(NEW.{last}, 'infinity') > coalesce(OLD.{last}, 'infinity')"
        longer = "AFTER UPDATE OF {first}, {last} ON {{table}} FOR EACH ROW WHEN (" + is_longer + ")"
        columns = ("id", *self.columns.values())
        given = ", ".join(f"NEW.{column}" for column in columns)
        named = ", ".join(f"${n} AS {column}" for n, column in enumerate(columns, start=1))
        return (
            Trigger(
                name=self.name,
                on="AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT",
                body=self._body(table, rows="fresh", tenants=_TENANTS_OF_MANY, given="NULL", plans=FRESH_BY_HASH),
                settings=ENDS_WITH_FUNCTION,
            ),
            Trigger(
                name=f"{self.name}_longer",
                on=longer.format(**self.columns),
                body=self._body(table, rows=f"(SELECT {named})", tenants=_TENANT_OF_ONE, given=given),
            ),
        )

    def _body(self, table: str, *, rows: str, tenants: str, given: str, plans: str = "") -> str:
        named = {"name": self.name, "table": table, "rows": rows, "given": given, "plans": plans}
        named["tenants"] = tenants.format(**self.columns)
        return _BODY.format(**named, **self.columns)

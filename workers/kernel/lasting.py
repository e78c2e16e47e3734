"""Rows that are never deleted, and keys to them that are checked once a statement.

A foreign key asks PostgreSQL once for every row that is written, by a statement of its own and with a lock against the
parent's deletion: a third of the time that a census of 100,000 people takes. Where parents stay for ever and keep their
key, no lock is needed: whoever once saw the parent may rely on it, and one join asks for all rows of a statement.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models

from workers.kernel.constraints import TenantKey, Trigger
from workers.kernel.many import ENDS_WITH_FUNCTION, FRESH_BY_HASH

# Planned anew each time (EXECUTE), for as many rows as there are. A plan that a session keeps from when tables were
# small reads, for each of 100,000 rows, all 100,000 of the parent's: that took 426 seconds where one is enough.
_MISSING = """
DECLARE is_missing boolean;
BEGIN
    {plans}
    EXECUTE $ask$SELECT EXISTS (
        SELECT FROM {rows} AS fresh WHERE {is_named} AND NOT EXISTS (SELECT FROM "{to}" AS parent WHERE {fits})
    )$ask$ INTO is_missing USING {given};
    IF is_missing THEN
        RAISE EXCEPTION '{name}: there is no such row in {to}' USING ERRCODE = 'foreign_key_violation',
            CONSTRAINT = '{name}', TABLE = '{table}';
    END IF;
END;
RETURN NULL;
"""


class LastingKey(TenantKey):
    """As TenantKey, to rows that `never_deleted` guards: checked after each INSERT, once for all of its rows.

    The columns are never updated. Whoever writes has to see the parent: row security holds here, too. Where rows that
    come together name `few` parents, each of these is asked for once.
    """

    def __init__(
        self, *, name: str, fields: tuple[str, ...], to: str, to_fields: tuple[str, ...], few: bool = False
    ) -> None:
        super().__init__(name=name, fields=fields, to=to, to_fields=to_fields)
        self.few = few
        if few:
            self.arguments["few"] = True

    def sql(self, model: type[models.Model]) -> str:
        """SQL that creates the functions and their triggers."""
        return "; ".join(trigger.sql(model) for trigger in (self._added(model), self._updated(model)))

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops them."""
        triggers = (self._added(model), self._updated(model))
        return "; ".join(trigger.remove_sql(model, schema_editor) for trigger in triggers)

    def _added(self, model: type[models.Model]) -> Trigger:
        rows = f"(SELECT DISTINCT {', '.join(self.fields)} FROM fresh)" if self.few else "fresh"  # noqa: S608 - of the model
        on = "AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        body = self._missing(model, rows, "NULL", plans=FRESH_BY_HASH)
        return Trigger(name=self.name, on=on, body=body, settings=ENDS_WITH_FUNCTION)

    def _updated(self, model: type[models.Model]) -> Trigger:
        """Forbids to point a row elsewhere."""
        return _keeps(f"{self.name}_stays", self.fields, "a row does not move elsewhere")

    def _missing(self, model: type[models.Model], rows: str, given: str, plans: str = "") -> str:
        pairs = zip(self.fields, self.to_fields, strict=True)
        return _MISSING.format(
            name=self.name,
            table=model._meta.db_table,
            to=self.to,
            rows=rows,
            given=given,
            plans=plans,
            is_named=" AND ".join(f"fresh.{field} IS NOT NULL" for field in self.fields),
            fits=" AND ".join(f"parent.{to} = fresh.{field}" for field, to in pairs),
        )


class MovingKey(LastingKey):
    """As LastingKey, of rows that may name another parent later, or none: then the one row is asked about by itself."""

    def _updated(self, model: type[models.Model]) -> Trigger:
        given = ", ".join(f"NEW.{field}" for field in self.fields)
        named = ", ".join(f"${n} AS {field}" for n, field in enumerate(self.fields, start=1))
        is_other = " OR ".join(f"NEW.{field} IS DISTINCT FROM OLD.{field}" for field in self.fields)
        return Trigger(
            name=f"{self.name}_moved",
            on=f"AFTER UPDATE OF {', '.join(self.fields)} ON {{table}} FOR EACH ROW WHEN ({is_other})",
            body=self._missing(model, f"(SELECT {named})", given),
        )


def never_deleted(prefix: str, *key: str) -> list[models.BaseConstraint]:
    """Rows stay, and keep the columns of `key`: what LastingKey relies on. It holds for the owner, too."""
    why = f"{prefix} is never deleted, and keeps its {' and '.join(key)}"
    return [
        Trigger(name=f"{prefix}_stays", on="BEFORE DELETE ON {table} FOR EACH STATEMENT", body=_refuse(why)),
        _keeps(f"{prefix}_keeps_key", key, why),
    ]


def _keeps(name: str, columns: Sequence[str], why: str) -> Trigger:
    """No cost for an update that names none of the columns, and next to none for one that leaves them as they were."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    on = f"BEFORE UPDATE OF {', '.join(columns)} ON {{table}} FOR EACH ROW WHEN ({changed})"
    return Trigger(name=name, on=on, body=_refuse(why))


def _refuse(why: str) -> str:
    return f"RAISE EXCEPTION '{why}' USING ERRCODE = 'restrict_violation';"

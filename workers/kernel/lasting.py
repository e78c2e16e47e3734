"""Rows that are never deleted, and keys to them that are checked once a statement.

A foreign key asks PostgreSQL once for every row that is written, by a statement of its own and with a lock against the
parent's deletion: a third of the time that a census of 100,000 people takes. Where parents stay for ever and keep their
key, no lock is needed: whoever once saw the parent may rely on it, and one join asks for all rows of a statement.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models

from workers.kernel.constraints import TenantKey, Trigger

_MISSING = """
IF EXISTS (
    SELECT FROM fresh WHERE {is_named} AND NOT EXISTS (SELECT FROM "{to}" AS parent WHERE {fits})
) THEN
    RAISE EXCEPTION '{name}: there is no such row in {to}' USING ERRCODE = 'foreign_key_violation',
        CONSTRAINT = '{name}', TABLE = '{table}';
END IF;
RETURN NULL;
"""
# Always by the parent's index: a plan that a session made for many rows would read the whole table for one.
_BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"


class LastingKey(TenantKey):
    """As TenantKey, to rows that `never_deleted` guards: checked after each INSERT, once for all of its rows.

    The columns are never updated. Whoever writes has to see the parent: row security holds here, too.
    """

    def sql(self, model: type[models.Model]) -> str:
        """SQL that creates the function and its trigger, and forbids to point a row elsewhere."""
        table = model._meta.db_table
        pairs = list(zip(self.fields, self.to_fields, strict=True))
        body = _MISSING.format(
            name=self.name,
            table=table,
            to=self.to,
            is_named=" AND ".join(f"fresh.{field} IS NOT NULL" for field in self.fields),
            fits=" AND ".join(f"parent.{to} = fresh.{field}" for field, to in pairs),
        )
        return (
            f'CREATE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT '
            f"{_BY_INDEX} AS $body$ BEGIN {body} END $body$; "
            f'CREATE TRIGGER "{self.name}" AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS fresh '
            f'FOR EACH STATEMENT EXECUTE FUNCTION "{self.name}"(); ' + self._stays().sql(model)
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops them."""
        stays = self._stays().remove_sql(model, schema_editor)
        return f'DROP FUNCTION "{self.name}"() CASCADE; {stays}'

    def _stays(self) -> Trigger:
        return _keeps(f"{self.name}_stays", self.fields, "a row does not move elsewhere")


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

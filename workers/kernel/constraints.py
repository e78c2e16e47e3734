"""What the database itself enforces, declared beside a model's fields; `makemigrations` writes it into migrations.

`RowAccess` (by `seen_by`): who may see a row; what writing needs besides is in permissions.py. `TenantKey`: a composite
foreign key. `append_only`, `Trigger`: triggers. `moves`: which states follow each other. `Numbered`: a column in the
order of insertion. `StorageSettings`: how a table is stored and cleaned.

`seen_by(...)` in `Meta.constraints` gives one grant and one row-level policy per role. `makemigrations` notices a
change as it notices any constraint. A table that declares nothing is visible to nobody; a test refuses it.

    class Meta:
        constraints = [
            *seen_by("quote", employee=(OWN_MEMBER, "select, update (status)"), worker=(EVERY, "select, insert")),
        ]
"""

from collections.abc import Iterable
from typing import Any

from django.db import models

from workers.kernel.actor import Role

# After a transaction a custom setting reads as '' and not NULL, hence nullif. The scalar subquery is evaluated once
# per statement and not once per row.
_OWN = "(SELECT nullif(current_setting('app.{}', true), '')::uuid)"
_PLACES = {name: _OWN.format(name) for name in ("user", "employer", "member", "clinic")}

EVERY = "true"
OWN_EMPLOYER = "employer_id = {employer}"
OWN_MEMBER = "member_id = {member}"
OWN_CLINIC = "clinic_id = {clinic}"

Access = tuple[str, str]


class DatabaseRule(models.BaseConstraint):
    """Base: SQL that belongs to a table. `arguments` are its constructor's, written down in migrations."""

    def __init__(self, *, name: str, **arguments: Any) -> None:
        super().__init__(name=name)
        self.arguments = arguments

    def sql(self, model: type[models.Model]) -> str:
        """The statements that put the rule in force."""
        raise NotImplementedError

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """Nothing now, and nothing inline: the statements run at the migration's end, when all its tables stand."""
        schema_editor.deferred_sql.append(self.sql(model))
        return ""

    constraint_sql = create_sql

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database enforces it; a form cannot."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """What a migration writes down."""
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), kwargs | self.arguments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabaseRule) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class RowAccess(DatabaseRule):
    """Grants `grants` (SQL: "select, insert, update (status)") to `role` on the rows where `rows` holds."""

    def __init__(self, *, name: str, role: str, rows: str, grants: str) -> None:
        super().__init__(name=name, role=str(role), rows=rows, grants=grants)
        self.role, self.rows, self.grants = Role(role), rows, grants

    def sql(self, model: type[models.Model]) -> str:
        """SQL that enables and forces row security and adds the grant and the policy."""
        table, rows = model._meta.db_table, self.rows.format(**_PLACES)
        return (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY; ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY; '
            f'GRANT {self.grants} ON "{table}" TO {self.role}; '
            f'CREATE POLICY "{self.name}" ON "{table}" TO {self.role} USING ({rows}) WITH CHECK ({rows})'
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that takes the policy and every privilege of the role away."""
        table = model._meta.db_table
        return f'DROP POLICY "{self.name}" ON "{table}"; REVOKE ALL ON "{table}" FROM {self.role}'


class TenantKey(DatabaseRule):
    """A composite foreign key: the parent's tenant and the child's are the same, whatever the code does.

    `fields` of this model reference `to_fields` of `to` (a table name). Foreign-key checks bypass row security, so a
    plain key would let one tenant point at another's row. The parent needs a unique constraint on `to_fields`.
    """

    def __init__(self, *, name: str, fields: tuple[str, ...], to: str, to_fields: tuple[str, ...]) -> None:
        super().__init__(name=name, fields=tuple(fields), to=to, to_fields=tuple(to_fields))
        self.fields, self.to, self.to_fields = fields, to, to_fields

    def sql(self, model: type[models.Model]) -> str:
        """SQL that adds the key, checked at the end of the transaction."""
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" FOREIGN KEY ({", ".join(self.fields)}) '
            f'REFERENCES "{self.to}" ({", ".join(self.to_fields)}) DEFERRABLE INITIALLY DEFERRED'
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops the key."""
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'


class Numbered(DatabaseRule):
    """A column that the database numbers in the order of insertion, whatever the statement says.

    The field is declared with a `db_default`, so that Django leaves its value to the database.
    """

    def __init__(self, *, name: str, column: str) -> None:
        super().__init__(name=name, column=column)
        self.column = column

    def sql(self, model: type[models.Model]) -> str:
        """SQL that makes it an identity column."""
        column = f'ALTER TABLE "{model._meta.db_table}" ALTER COLUMN "{self.column}"'
        return f"{column} DROP DEFAULT; {column} ADD GENERATED ALWAYS AS IDENTITY"

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that makes it a plain column again."""
        column = f'ALTER TABLE "{model._meta.db_table}" ALTER COLUMN "{self.column}"'
        return f"{column} DROP IDENTITY; {column} SET DEFAULT 0"


class Trigger(DatabaseRule):
    """A trigger and its function, named like the constraint.

    `on` is what comes before the function, with the table as `{table}`: "AFTER INSERT ON {table} FOR EACH ROW";
    "CONSTRAINT" in `kind` and "DEFERRABLE INITIALLY DEFERRED" in `on` make it a check at the end of the transaction.
    `body` is PL/pgSQL without BEGIN and END; `settings` hold while it runs: "SET enable_nestloop = off".
    """

    def __init__(self, *, name: str, on: str, body: str, kind: str = "", settings: str = "") -> None:
        said = {"settings": settings} if settings else {}
        super().__init__(name=name, on=on, body=body, kind=kind, **said)
        self.on, self.body, self.kind, self.settings = on, body, kind, settings

    def sql(self, model: type[models.Model]) -> str:
        """SQL that creates function and trigger."""
        on = self.on.format(table=f'"{model._meta.db_table}"')
        return (
            f'CREATE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT '
            f"{self.settings} AS $body$ BEGIN {self.body} END $body$; "
            f'CREATE {self.kind} TRIGGER "{self.name}" {on} EXECUTE FUNCTION "{self.name}"()'
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that drops both."""
        return f'DROP FUNCTION "{self.name}"() CASCADE'


class StorageSettings(DatabaseRule):
    """Storage parameters of the table: `StorageSettings(name=…, autovacuum_vacuum_scale_factor=0.01)`.

    https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
    """

    def __init__(self, *, name: str, **settings: float) -> None:
        super().__init__(name=name, **settings)
        self.settings = settings

    def sql(self, model: type[models.Model]) -> str:
        """SQL that sets them."""
        listed = ", ".join(f"{name} = {value}" for name, value in sorted(self.settings.items()))
        return f'ALTER TABLE "{model._meta.db_table}" SET ({listed})'

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """SQL that goes back to the server's own."""
        return f'ALTER TABLE "{model._meta.db_table}" RESET ({", ".join(sorted(self.settings))})'


def cleaned_often(prefix: str, **settings: float) -> StorageSettings:
    """For tables whose rows come and go: vacuum after 1 % of dead rows and not 20 %, and analyze as often.

    Claims walk over dead index entries (docs/design/engine.md 9), and the server's defaults would let a queue that
    once held a million rows gather 200,000 of them.
    """
    return StorageSettings(
        name=f"{prefix}_storage",
        autovacuum_vacuum_scale_factor=0.01,
        autovacuum_vacuum_insert_scale_factor=0.05,
        autovacuum_analyze_scale_factor=0.02,
        **settings,
    )


def append_only(prefix: str, why: str = "") -> list[models.BaseConstraint]:
    """Rows are inserted and never changed: UPDATE, DELETE and TRUNCATE fail, for the owner too, and are told `why`.

    Per statement and not per row: row security hides the rows from the owner, whose statement would else
    succeed on none.
    """
    reason = f"{prefix} is append-only{why and ': '}{why}"
    body = f"RAISE EXCEPTION '{reason}' USING ERRCODE = 'restrict_violation';"
    return [
        Trigger(
            name=f"{prefix}_append_only",
            on="BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT",
            body=body,
        ),
        Trigger(name=f"{prefix}_no_truncate", on="BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", body=body),
    ]


def moves(
    prefix: str, *, first: Iterable[tuple[str, ...]], drawn: Iterable[tuple[str, ...]], actor: str = ""
) -> Trigger:
    """A row's `status` begins as one of `first` and moves as `drawn`; any other move fails, whoever makes it.

    `drawn` are (from, to) and `first` (to,); where the column `actor` says who moved the row, both end with it.
    """
    after = ["NEW.status", *([f"NEW.{actor}"] if actor else [])]
    begins = _not_among(after, first)
    goes = _not_among(["OLD.status", *after], drawn)
    return Trigger(
        name=f"{prefix}_moves",
        on=f"BEFORE INSERT OR UPDATE OF {', '.join(['status', *([actor] if actor else [])])} ON {{table}} FOR EACH ROW",
        body=(
            f"IF TG_OP = 'INSERT' THEN IF {begins} THEN "
            f"RAISE EXCEPTION '{prefix} does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; "
            f"ELSIF OLD.status <> NEW.status AND {goes} THEN "
            f"RAISE EXCEPTION '{prefix} does not move from % to %', OLD.status, NEW.status "
            "USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
        ),
    )


def _not_among(columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    listed = ", ".join(f"({', '.join(map(repr, map(str, row)))})" for row in sorted(rows))
    return f"({', '.join(columns)}) NOT IN ({listed})"


def seen_by(prefix: str, **access: Access) -> list[models.BaseConstraint]:
    """Return one RowAccess per role: `seen_by("offer", clinic=(OWN_CLINIC, "select"))`; roles as in `Role`."""
    return [
        RowAccess(name=f"{prefix}_for_{role}", role=Role[role.upper()], rows=rows, grants=grants)
        for role, (rows, grants) in access.items()
    ]

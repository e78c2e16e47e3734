"""Databases of the tests' and benchmarks' own on the server that is there."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from psycopg import sql

AUTOVACUUM_SECONDS = 60.0
Connect = Callable[[str], psycopg.Connection[Any]]  # by a database's name, as the owner, committing by itself

_FILLED = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
# What tables, columns, rules and functions there are: whatever changes one of them writes a row of these catalogues.
_CATALOGUES = (
    *("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index"),
    *("pg_trigger", "pg_proc", "pg_policy", "pg_db_role_setting"),
)
_SHAPE = "SELECT " + ", ".join(  # noqa: S608 - constants
    f"(SELECT count(*) || ':' || max(xmin::text::bigint) FROM {name})"  # noqa: S608
    for name in _CATALOGUES
)
_REFERRING = """
SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_NEVER_EMPTIED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 > 0"
_SEND_AWAY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def drop(server: psycopg.Connection[Any], name: str) -> None:
    """Drop a database; autovacuum may be in it, whom only a superuser could send away: it is waited for."""
    deadline = time.monotonic() + AUTOVACUUM_SECONDS
    while True:
        try:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def copy(server: psycopg.Connection[Any], template: str, name: str) -> None:
    """Make a copy of a database; who is still connected to it is sent away."""
    server.execute(_SEND_AWAY, [template])
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")  # half the time of going through the log
    server.execute(make.format(sql.Identifier(name), sql.Identifier(template)))


class Fresh:
    """A copy of a template that each test finds as if it had been made for it.

    A copy takes PostgreSQL some hundred times as long as emptying the few tables that a test wrote to, so the one
    copy is emptied. Where more was changed than rows of tables that the template has empty, another copy is made.
    """

    def __init__(self, connect: Connect, template: str, name: str) -> None:
        """Nothing is made before it is asked for."""
        self._connect, self._template, self.name = connect, template, name
        self._shape: Any = None  # of the copy, when it was last as the template

    def renew(self) -> str:
        """Make it as the template is, and return its name. Nobody else may be connected any more."""
        if self._shape is None or not self._is_emptied():
            self.drop()
            with self._connect("postgres") as server:
                copy(server, self._template, self.name)
            with self._connect(self.name) as mine:
                self._full = self._kept(mine)
                self._referring = mine.execute(_REFERRING).fetchall()
                self._never_emptied = {table for (table,) in mine.execute(_NEVER_EMPTIED)}
                self._shape = mine.execute(_SHAPE).fetchone()
        return self.name

    def drop(self) -> None:
        """Remove it."""
        with self._connect("postgres") as server:
            drop(server, self.name)

    def _is_emptied(self) -> bool:
        """Empty it; False when that does not make it as it was."""
        try:
            with self._connect(self.name) as mine:
                mine.execute(_SEND_AWAY, [self.name])
                if mine.execute(_SHAPE).fetchone() != self._shape:
                    return False
                self._empty(mine, {table for (table,) in mine.execute(_FILLED)} - set(self._full))
                self._shape = mine.execute(_SHAPE).fetchone()
                return self._kept(mine) == self._full
        except psycopg.Error:
            return False

    def _empty(self, mine: psycopg.Connection[Any], filled: set[str]) -> None:
        tables = self._with_referring(filled)
        if tables:
            guarded = sorted(tables & self._never_emptied)
            names = ", ".join(sorted(tables))
            mine.execute(
                "SET lock_timeout = '5s';"
                + "".join(f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in guarded)
                + f"TRUNCATE {names} RESTART IDENTITY;"
                + "".join(f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in guarded)
            )

    def _with_referring(self, tables: Iterable[str]) -> set[str]:
        """A table is emptied along with those that refer to it, empty as they may be."""
        found, added = set[str](), set(tables)
        while added:
            found |= added
            added = {one for to, one in self._referring if to in found} - found
        return found

    def _kept(self, mine: psycopg.Connection[Any]) -> dict[str, str]:
        """The tables that the template has filled, with a digest of their rows."""
        tables = self._full if self._shape else [table for (table,) in mine.execute(_FILLED)]
        digest = "SELECT md5(string_agg(each::text, '|' ORDER BY each::text)) FROM {} AS each"
        rows = {table: mine.execute(sql.SQL(digest).format(sql.Identifier(table))).fetchall() for table in tables}
        return {table: str(rows[table][0][0]) for table in tables}

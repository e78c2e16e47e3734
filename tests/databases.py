"""Databases of the tests' and benchmarks' own on the server that is there."""

import time
from typing import Any

import psycopg
from psycopg import sql

AUTOVACUUM_SECONDS = 60.0


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

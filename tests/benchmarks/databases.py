"""Databases of the benchmarks' own beside the one that is there: made for a run, dropped after it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.local.failures import CannotStart
from tests.databases import drop


def renamed(url: str, name: str) -> str:
    """Return a database URL with another database's name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def temporary_database(environment: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    """Make an empty database and yield the environment of those who use it. Raises CannotStart."""
    owner_url = environment["DATABASE_OWNER_URL"]
    with psycopg.connect(owner_url, autocommit=True) as server:
        drop(server, name)
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise CannotStart("The benchmarks make databases of their own: the owner's login needs CREATEDB.") from None
    try:
        yield {
            **environment,
            "DATABASE_OWNER_URL": renamed(owner_url, name),
            "DATABASE_URL": renamed(environment["DATABASE_URL"], name),
        }
    finally:
        with psycopg.connect(owner_url, autocommit=True) as server:
            drop(server, name)

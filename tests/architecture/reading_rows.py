"""Every row that a role may read, by the database's own word: row security and column privileges decide."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from workers.kernel.actor import Actor, acting_as


def rows_of(actor: Actor) -> dict[str, list[Any]]:
    """By table, the columns that this actor may read of the rows that it may see; encrypted ones as stored."""
    found = {}
    with acting_as(actor):
        for model in models():
            columns = [field.attname for field in model._meta.local_fields if may(model, str(field.column), "select")]
            if columns:
                found[model._meta.db_table] = list(model._base_manager.order_by(*columns[:2]).values_list(*columns))
    return found


def unreadable(*actors: Actor) -> list[str]:
    """The columns that some of these actors may fill and none may read."""
    filled, read = set(), set()
    for actor in actors:
        with acting_as(actor):
            for model in models():
                names = {
                    str(field.column): f"{model._meta.db_table}.{field.column}" for field in model._meta.local_fields
                }
                filled |= {name for column, name in names.items() if may(model, column, "insert")}
                read |= {name for column, name in names.items() if may(model, column, "select")}
    return sorted(filled - read)


def models() -> Iterator[type[Model]]:
    """Every table that the apps declare."""
    yield from (model for model in apps.get_models(include_auto_created=True) if model._meta.managed)


def may(model: type[Model], column: str, do: str) -> bool:
    """Whether the present role may "select" or "insert" a column."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(%s, %s, %s)", [model._meta.db_table, column, do])
        return bool(cursor.fetchone()[0])

"""Rows of one model, stored by one statement that is composed once.

Django composes an INSERT anew each time, with a place for each value of each row: with eleven sessions a course that
was an eighth of what its planning takes. Here each column is one array.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Field, Model


def insert_all(rows: Iterable[Model]) -> None:
    """Insert new rows of one model in their order, however many, as `bulk_create` does: no signals are sent.

    Raises TypeError for a model with a column of arrays, which PostgreSQL would unfold with the others.
    """
    listed = list(rows)
    if listed:
        statement, fields = _composed(type(listed[0]))
        with connection.cursor() as cursor:
            cursor.execute(statement, [[_stored(field, row) for row in listed] for field in fields])
        for row in listed:
            row._state.adding, row._state.db = False, connection.alias


@cache
def _composed(model: type[Model]) -> tuple[str, Sequence["Field[Any, Any]"]]:
    fields = model._meta.local_concrete_fields
    if any(isinstance(field, ArrayField) for field in fields):
        raise TypeError(f"{model.__name__} has a column of arrays: bulk_create stores it.")
    columns = ", ".join(f'"{field.column}"' for field in fields)
    # Without the length: a cast to varchar(20) would cut what is too long, which the column refuses.
    arrays = ", ".join(f"%s::{str(field.db_type(connection)).partition('(')[0]}[]" for field in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT * FROM unnest({arrays})', fields  # noqa: S608 - of the model


def _stored(field: "Field[Any, Any]", row: Model) -> Any:
    """A value as arrays take it: of one type with the others of its column."""
    value = field.get_db_prep_save(field.pre_save(row, add=True), connection)
    return value.value if isinstance(value, Enum) else value

"""Queries of one shape, compiled once: Django composes a statement anew each time, which takes longer than to send it.

_OPEN = Compiled(lambda: Quote.objects.filter(course_id=Given("course_id")))
_OPEN(course_id=course.id)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class Given(Expression):
    """The place of a value that is given with each call, as PostgreSQL knows its type: a UUID, a date, a text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """One place; its parameter is itself, until a call puts the value there."""
        return "%s", (self,)


class Compiled(Generic[M]):
    """A query set whose statement is composed at its first call. Its rows are models, related ones as it selects them.

    What varies is `Given`, and never None: that would be another statement.
    """

    def __init__(self, compose: Callable[[], QuerySet[M]]) -> None:
        self._compose = compose

    def __call__(self, **given: object) -> list[M]:
        """Return the rows for these values. Raises KeyError for one that is missing."""
        composed = self._composed
        bound: Any = [given[one.name] if isinstance(one, Given) else one for one in composed.parameters]
        with connection.cursor() as cursor:
            cursor.execute(composed.statement, bound)
            return [composed.read(list(row)) for row in cursor.fetchall()]

    def first(self, **given: object) -> M | None:
        """Return the first row for these values, or None."""
        return next(iter(self(**given)), None)

    @cached_property
    def _composed(self) -> "_Statement[M]":
        """As Django's ModelIterable reads its compiler; FOR UPDATE is composed within a transaction only."""
        rows = self._compose()
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        statement, parameters = compiler.as_sql()
        columns = [expression for expression, _sql, _alias in compiler.select]
        places = compiler.klass_info["select_fields"]
        return _Statement(
            model=rows.model,
            statement=statement,
            parameters=parameters,
            fields=slice(places[0], places[-1] + 1),
            names=[columns[place].target.attname for place in places],
            annotations=compiler.annotation_col_map,
            converters=compiler.get_converters(columns),
            related=get_related_populators(  # type: ignore[call-arg]  # the stubs are of a later Django's
                compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS
            ),
        )


@dataclass(frozen=True, kw_only=True)
class _Statement(Generic[M]):
    """A composed statement, and how its rows become models: `fields` are the places of the columns in `names`."""

    model: type[M]
    statement: str
    parameters: Sequence[Any]
    fields: slice
    names: Sequence[str]
    annotations: Mapping[str, int]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]
    related: Sequence[Any]

    def read(self, row: list[Any]) -> M:
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
        one = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.fields])
        for name, place in self.annotations.items():
            setattr(one, name, row[place])
        for related in self.related:
            related.populate(row, one)
        return one

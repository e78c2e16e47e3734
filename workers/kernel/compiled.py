"""Queries of one shape, compiled once: Django composes a statement anew each time, which takes longer than to send it.

_OPEN = Compiled(lambda: Quote.objects.filter(course_id=Given("course_id")))
_OPEN(course_id=course.id)
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db.models import Expression, Model, QuerySet

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
    """A query set whose statement is composed at its first call. Its rows are models, without related ones.

    What varies is `Given`, and never None: that would be another statement.
    """

    def __init__(self, compose: Callable[[], QuerySet[M]]) -> None:
        self._compose = compose

    def __call__(self, **given: object) -> list[M]:
        """Return the rows for these values. Raises KeyError for one that is missing."""
        model, statement, parameters = self._composed
        bound = [given[one.name] if isinstance(one, Given) else one for one in parameters]
        return list(model._default_manager.raw(statement, bound))

    def first(self, **given: object) -> M | None:
        """Return the first row for these values, or None."""
        return next(iter(self(**given)), None)

    @cached_property
    def _composed(self) -> tuple[type[M], str, tuple[Any, ...]]:
        rows = self._compose()
        return (rows.model, *rows.query.sql_with_params())

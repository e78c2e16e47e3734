"""A SCIM filter (RFC 7644, 3.4.2.2) as a condition on rows.

scim2-models parses it by the grammar; this walks the tree that comes out. A client's
text is never part of a statement: names are looked up in a table of ours, values are parameters.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from benefits.scim.rules.resources import BENEFIT, CORE, ENTERPRISE

LONGEST = 1_000  # characters
_TEXT = {
    CompareOperator.eq: "iexact",
    CompareOperator.co: "icontains",
    CompareOperator.sw: "istartswith",
    CompareOperator.ew: "iendswith",
}
_ORDER = {
    CompareOperator.eq: "exact",
    CompareOperator.gt: "gt",
    CompareOperator.ge: "gte",
    CompareOperator.lt: "lt",
    CompareOperator.le: "lte",
}
_DAYS = {"benefit.dateofbirth": "date_of_birth", "benefit.hiredate": "hire_date", "benefit.enddate": "end_date"}
_TEXTS = {
    "username": "user_name",
    "externalid": "external_id",
    "name.givenname": "member__first_name",
    "name.familyname": "member__last_name",
    "enterprise.employeenumber": "member__employee_number",
    "benefit.employeeclass": "member__employee_class",
    "benefit.worklocation": "member__work_location",
    "preferredlanguage": "member__language",
}
_EMAILS = {"work": "work_email", "home": "home_email"}
_INSTANTS = {"meta.created": "created_at", "meta.lastmodified": "changed_at"}
FILTERABLE = (
    "id, userName, externalId, active, name.givenName, name.familyName, emails, emails.value, emails.type, "
    "preferredLanguage, meta.created, meta.lastModified, employeeNumber of the enterprise extension, and what the "
    "benefit extension has"
)


def condition_of(text: str, *, today: date) -> Q:
    """Return the rows that a filter means. Raises InvalidFilterException (scim2-models) for one that is none."""
    if len(text) > LONGEST:
        raise InvalidFilterException(detail=f"A filter has at most {LONGEST} characters.")
    try:
        return _Conditions(today).visit(ScimFilter(text).ast)
    except RecursionError:
        raise InvalidFilterException(detail="The filter has too many brackets in each other.") from None


class _Conditions(FilterVisitor[Q]):
    """Walks the tree; `emails` are the columns of the e-mails that are looked at."""

    def __init__(self, today: date, emails: tuple[str, ...] = tuple(_EMAILS.values())) -> None:
        self.today, self.emails = today, emails

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        joined = self.visit(node.terms[0])
        for term in node.terms[1:]:
            joined = joined & self.visit(term) if node.op == LogicalOperator.and_ else joined | self.visit(term)
        return joined

    def visit_present(self, node: Present) -> Q:
        name = _name(node.attr_path)
        if name in _DAYS:
            return Q(**{f"member__{_DAYS[name]}__isnull": False})
        if name in _TEXTS:
            return ~Q(**{_TEXTS[name]: ""})
        if name in ("emails", "emails.value", "emails.type", "value", "type"):
            return _any(self.emails, lambda column: ~Q(**{column: ""}))
        if name in ("id", "active", "schemas", *_INSTANTS):
            return Q()
        raise _unknown(node.attr_path)

    def visit_comparison(self, node: Comparison) -> Q:
        if node.op == CompareOperator.ne:
            same = Comparison(attr_path=node.attr_path, op=CompareOperator.eq, value=node.value)
            return ~self.visit_comparison(same)
        if isinstance(node.value, str) and "\0" in node.value:
            raise InvalidFilterException(detail="No attribute has a NUL character.")
        if node.value is None:
            return ~self.visit_present(Present(attr_path=node.attr_path))
        return self._compare(_name(node.attr_path), node)

    def visit_value_path(self, node: ValuePath) -> Q:
        if _name(node.attr_path) != "emails":
            raise _unknown(node.attr_path)
        inside = [_InEmail(self.today, kind, column).visit(node.val_filter) for kind, column in _EMAILS.items()]
        return inside[0] | inside[1]

    def _compare(self, name: str, node: Comparison) -> Q:
        if name in _TEXTS:
            return Q(**{f"{_TEXTS[name]}__{_operator(_TEXT, node)}": str(node.value)})
        if name in ("emails", "emails.value"):
            return _any(self.emails, lambda column: _email(column, node))
        if name == "emails.type":
            kinds = [kind for kind in _EMAILS if _matches(kind, node)]
            return _any([_EMAILS[kind] for kind in kinds], lambda column: ~Q(**{column: ""}))
        if name in _DAYS:
            return Q(**{f"member__{_DAYS[name]}__{_operator(_ORDER, node)}": _day(node.value)})
        if name in _INSTANTS:
            return Q(**{f"{_INSTANTS[name]}__{_operator(_ORDER, node)}": _instant(node.value)})
        return self._compare_special(name, node)

    def _compare_special(self, name: str, node: Comparison) -> Q:
        if name == "id" and node.op == CompareOperator.eq:
            return Q(pk=_as_id(node.value))
        if name == "active" and node.op == CompareOperator.eq:
            active = Q(member__end_date=None) | Q(member__end_date__gt=self.today)
            return active if _truth(node.value) else ~active
        raise _unknown(node.attr_path)


class _InEmail(_Conditions):
    """Inside emails[…]: the attributes of one e-mail, of which the kind is known."""

    def __init__(self, today: date, kind: str, column: str) -> None:
        super().__init__(today, (column,))
        self.kind, self.column = kind, column

    def visit_present(self, node: Present) -> Q:
        if _name(node.attr_path) not in ("value", "type"):
            raise _unknown(node.attr_path)
        return ~Q(**{self.column: ""})

    def _compare(self, name: str, node: Comparison) -> Q:
        if name == "value":
            return _email(self.column, node)
        if name == "type":
            return ~Q(**{self.column: ""}) if _matches(self.kind, node) else Q(pk__in=[])
        raise _unknown(node.attr_path)


def _name(path: AttrPath) -> str:
    """An attribute as the tables above have it: names are compared without regard to case (RFC 7643, 2.1)."""
    short = {CORE.lower(): "", ENTERPRISE.lower(): "enterprise.", BENEFIT.lower(): "benefit."}
    prefix = short.get((path.uri or CORE).lower(), "?")
    return (prefix + path.attr + (f".{path.sub_attr}" if path.sub_attr else "")).lower()


def _any(columns: Any, condition: Callable[[str], Q]) -> Q:
    found = Q(pk__in=[])
    for column in columns:
        found |= condition(column)
    return found


def _email(column: str, node: Comparison) -> Q:
    return ~Q(**{column: ""}) & Q(**{f"{column}__{_operator(_TEXT, node)}": str(node.value)})


def _matches(kind: str, node: Comparison) -> bool:
    wanted = str(node.value).lower()
    tests = {"iexact": kind == wanted, "icontains": wanted in kind}
    tests |= {"istartswith": kind.startswith(wanted), "iendswith": kind.endswith(wanted)}
    return tests[_operator(_TEXT, node)]


def _operator(known: dict[CompareOperator, str], node: Comparison) -> str:
    if node.op not in known:
        listed = ", ".join(operator.value for operator in known)
        raise InvalidFilterException(detail=f"{node.attr_path} takes {listed}, ne and pr.")
    return known[node.op]


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value).partition("T")[0])
    except ValueError:
        raise InvalidFilterException(detail="A day is written as 2026-03-31.") from None


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise InvalidFilterException(detail="An instant is written as 2026-03-31T15:00:00Z.") from None
    if instant.tzinfo is None:
        raise InvalidFilterException(detail="An instant names its offset, as in 2026-03-31T15:00:00Z.")
    return instant


def _truth(value: Any) -> bool:
    return str(value).strip().lower() == "true"


def _as_id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)


def _unknown(path: AttrPath) -> InvalidFilterException:
    return InvalidFilterException(detail=f"Nothing is found by {path} and this operator; found by are {FILTERABLE}.")

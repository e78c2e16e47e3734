"""HR's pages of the roster: everybody, and one employee with what can be done about them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.accounts.models import HrPermission
from benefits.enrollment import queries, services
from benefits.enrollment.forms import (
    DOOR_WORDS,
    FIELD_WORDS,
    STATUS_WORDS,
    DescribeForm,
    RosterForm,
    StepForm,
    value_in_words,
)
from benefits.enrollment.models import Door, Member, MemberChange
from benefits.enrollment.queries.listing import COLUMNS
from benefits.enrollment.rules import DAY_OF, POSSIBLE
from benefits.plans.queries import names_of_plans
from workers.kernel import clock
from workers.kernel.actor import Role
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, rows_of, translated

_SHOWN = 50
# What HR can do, in its words: (what the button says, what the day is called, what it does).
STEPS: Mapping[str, tuple[Any, Any, Any]] = {
    "terminate": (
        gettext_lazy("End employment"),
        gettext_lazy("Last day of employment"),
        gettext_lazy("Cover ends with that day, that of dependants too. Care that has begun goes on as the plan says."),
    ),
    "leave": (
        gettext_lazy("Begin a leave"),
        gettext_lazy("First day of the leave"),
        gettext_lazy("Cover goes on during a leave."),
    ),
    "return": (gettext_lazy("Back from leave"), "", gettext_lazy("They are employed as before.")),
    "reinstate": (
        gettext_lazy("Take the end back"),
        gettext_lazy("Covered again from (empty: without a gap)"),
        gettext_lazy("As if employment had not ended; dependants who ended on the same day come back, too."),
    ),
    "rehire": (
        gettext_lazy("Employ anew"),
        gettext_lazy("First day of the new employment"),
        gettext_lazy("The same person; waiting times begin again."),
    ),
    "death": (
        gettext_lazy("Record a death"),
        gettext_lazy("Day of the death"),
        gettext_lazy("Cover ends with that day, and nothing is mailed to them any more."),
    ),
}
_SERVICES: Mapping[str, Callable[..., Member]] = {
    "terminate": services.terminate,
    "leave": services.take_leave,
    "return": services.return_from_leave,
    "reinstate": services.reinstate,
    "rehire": services.rehire,
    "death": services.record_death,
}


class Employees(Page):
    """The roster by name, narrowed down, page by page; nothing in it depends on anybody's care."""

    template_name = "benefits/employees.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound for a page that is none."""
        user: Any = self.request.user
        form, now = RosterForm(self.request.GET), clock.now()
        found = queries.find(form.filters(), employer_id=user.employer_id, now=now).values(*COLUMNS, "sort_name")
        page = rows_of(self.request, found, ordering="sort_name", size=_SHOWN)
        people = [_worded(row) for row in queries.shown(page.rows, now=now)]
        return super().get_context_data(form=form, page=replace(page, rows=people), **kwargs)


class OneEmployee(Page):
    """An employee as the roster has them, their cover, what was changed, and the steps that are possible now."""

    template_name = "benefits/employee.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        member, now, user = queries.get_on_roster(kwargs["member_id"]), clock.now(), self.request.user
        kwargs.setdefault("seen", services.tag_of(member))  # before the rows are read, as the API does it
        rows = queries.find(queries.Filters(), employer_id=member.employer_id, now=now).filter(pk=member.pk)
        can_change = HrPermission.PEOPLE in getattr(user, "permissions", ())
        plans = names_of_plans(member.employer_id)
        [person] = queries.shown(rows, now=now)
        covers = [one | {"plan": plans.get(str(one["plan_id"]), "")} for one in person["enrollments"]]
        changes = queries.list_changes(member).order_by("-number")[:_SHOWN]
        return super().get_context_data(
            person=_worded(person | {"enrollments": covers}),
            changes=[_change(each, plans) for each in changes],
            steps=_possible(member) if can_change else [],
            can_change=can_change,
            **kwargs,
        )

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Take a step, and say what came of it. Raises NotFound."""
        form, member = StepForm(request.POST), queries.get_on_roster(member_id)
        step = _SERVICES.get(request.POST.get("step", ""))
        if step is None or HrPermission.PEOPLE not in getattr(request.user, "permissions", ()):
            raise NotFound("There is nothing to do here.")
        if not form.is_valid():
            messages.error(request, " ".join(str(one) for each in form.errors.values() for one in each))
        else:
            _take(request, step, member.pk, form.cleaned_data)
        return redirect("page-employee", member.pk)


class ChangeEmployee(Page):
    """What the roster says of an employee, to be said otherwise; dates of employment change by the steps above."""

    template_name = "benefits/change_employee.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for who may not change people."""
        member = self._member(kwargs["member_id"])
        if "form" not in kwargs:
            facts = {name: getattr(member, name) for name in services.CHANGEABLE}
            kwargs["form"] = _described(member, initial=facts | {"seen": services.tag_of(member)})
        return super().get_context_data(member=member, **kwargs)

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Change them, unless another admin did meanwhile; what was typed stays on the page. Raises NotFound."""
        form = _described(self._member(member_id), data=request.POST)
        if form.is_valid():
            told = form.cleaned_data
            about: dict[str, Any] = {"seen": told["seen"], "reason": told["reason"], "now": clock.now()}
            try:
                services.describe(member_id=member_id, facts=form.facts(), **about)
            except NotFound:
                raise
            except DomainError as error:
                form.add_error(None, translated(str(error)))
            else:
                messages.success(request, _("Done. The history below shows what was changed."))
                return redirect("page-employee", member_id)
        return self.render_to_response(self.get_context_data(member_id=member_id, form=form), status=422)

    def _member(self, member_id: UUID) -> Member:
        if HrPermission.PEOPLE not in getattr(self.request.user, "permissions", ()):
            raise NotFound("There is nothing to do here.")
        return queries.get_on_roster(member_id)


def _described(member: Member, **more: Any) -> DescribeForm:
    return DescribeForm(zone=member.timezone, language=member.language, **more)


def _take(request: HttpRequest, step: Callable[..., Member], member_id: UUID, told: dict[str, Any]) -> None:
    name = DAY_OF.get(told["step"])
    day = {name: told["day"]} if name else {}
    try:
        step(member_id=member_id, seen=told["seen"], reason=told["reason"], now=clock.now(), **day)
    except NotFound:
        raise
    except DomainError as error:
        wrong = [translated(one["message"]) for one in error.extra.get("errors", ())]
        messages.error(request, " ".join([translated(str(error)), *wrong]))
    else:
        messages.success(request, _("Done. The history below shows what was changed."))


def _possible(member: Member) -> list[dict[str, Any]]:
    return [
        {"step": step, "label": label, "day": day, "about": about}
        for step, (label, day, about) in STEPS.items()
        if member.employment_status in POSSIBLE[step]
    ]


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"words": STATUS_WORDS[row["status"]]}


def _change(change: MemberChange, plans: Mapping[str, str]) -> dict[str, Any]:
    """What differs, before and after; of an address only that there is another one, of an operator's deed no reason."""
    before, after = change.before or {}, change.after or {}
    return {
        "at": change.changed_at,
        "door": DOOR_WORDS[Door(change.door)],
        "reason": change.reason if change.role == Role.HR else "",
        "is_new": change.before is None,
        "subject": change.subject,
        "differs": [
            {
                "name": FIELD_WORDS[name],
                "before": _value(name, before.get(name), plans),
                "after": _value(name, after[name], plans),
                "is_told": "hash" not in name,
            }
            for name in after
            if name in FIELD_WORDS
        ],
    }


def _value(name: str, value: Any, plans: Mapping[str, str]) -> Any:
    return plans.get(value, value) if name == "plan_id" else value_in_words(name, value)

"""HR adds one employee by a form: a census of one row, through the same checks as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.accounts.models import User
from benefits.eligibility.forms import EmployeeForm
from benefits.eligibility.services.members import MembersWithErrors, change_members
from benefits.eligibility.web.files import FilePage
from benefits.enrollment import queries as enrollment
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.kernel.web import translated


class NewEmployee(FilePage):
    """A form with what a census says of somebody. A number that is on the roster is refused: that person is changed."""

    template_name = "benefits/new_employee.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound for who may not change people."""
        self.admin()
        kwargs.setdefault("form", EmployeeForm())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add them, and show them; what is wrong is said beside its field, and nothing typed is lost."""
        form, admin = EmployeeForm(request.POST), self.admin()
        if form.is_valid() and (known := _on_roster(admin, form.cleaned_data["employee_number"])):
            form.add_error("employee_number", _("Somebody on the roster has this number: change them instead."))
            return self._refused(form, known)
        if not form.is_valid() or not _added(form, admin):
            return self._refused(form, None)
        messages.success(request, _("Added. They are covered as the plan says, and invited at their address."))
        found = _on_roster(admin, form.cleaned_data["employee_number"])
        return redirect("page-employee", found) if found else redirect("page-employees")

    def _refused(self, form: EmployeeForm, known: UUID | None) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form, known=known), status=422)


def _added(form: EmployeeForm, admin: User) -> bool:
    assert admin.employer_id is not None
    try:
        change_members(employer_id=admin.employer_id, members=[form.row()], by=admin.pk, now=clock.now())
    except MembersWithErrors as error:
        for fault in error.extra["errors"]:
            form.add_error(fault["column"] if fault["column"] in form.fields else None, translated(fault["message"]))
    except DomainError as error:
        form.add_error(None, translated(str(error)))
    return form.is_valid()


def _on_roster(admin: User, employee_number: str) -> UUID | None:
    assert admin.employer_id is not None
    filters = enrollment.Filters(employee_number=employee_number)
    found: UUID | None = (
        enrollment.find(filters, employer_id=admin.employer_id, now=clock.now()).values_list("id", flat=True).first()
    )
    return found

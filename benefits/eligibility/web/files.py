"""HR's pages of change-sets: a file is sent, its columns named, its effects read, and then applied or taken back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.accounts.models import HrPermission, User
from benefits.eligibility import queries, services
from benefits.eligibility.forms import ColumnsForm, UploadForm
from benefits.eligibility.models import ChangeSet, Status
from benefits.eligibility.models.change_sets import AT_WORK
from benefits.eligibility.queries.columns import column_mapping
from benefits.eligibility.queries.previews import preview
from benefits.eligibility.rules.columns import MOST_COLUMNS
from benefits.eligibility.services.approving import needs_approval
from benefits.eligibility.services.columns import NEVER_SAID
from benefits.eligibility.services.progress import progress_of
from benefits.enrollment.forms import DOOR_WORDS, FIELD_WORDS, value_in_words
from benefits.enrollment.models import Door
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, rows_of, translated

_SHOWN = 50
STATUS_WORDS = {
    Status.READING: gettext_lazy("Being read"),
    Status.STAGED: gettext_lazy("Waits for you"),
    Status.FAILED: gettext_lazy("Could not be read"),
    Status.APPLYING: gettext_lazy("Being applied"),
    Status.APPLIED: gettext_lazy("Applied"),
    Status.UNDOING: gettext_lazy("Being taken back"),
    Status.UNDONE: gettext_lazy("Taken back"),
    Status.DISCARDED: gettext_lazy("Put aside"),
}
EFFECT_WORDS = {
    "added": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "ended": gettext_lazy("Leaving"),
    "reinstated": gettext_lazy("Come back"),
    "unchanged": gettext_lazy("Unchanged"),
    "ignored": gettext_lazy("Left before and unknown"),
}
_REFUSALS = {
    "changes_do_not_end_absent": gettext_lazy("Only a file of everybody says by leaving somebody out that they left."),
    "already_applied": gettext_lazy("It was applied before: nothing has been changed."),
    "not_staged": gettext_lazy("It is no longer waiting for you: look at where it stands now."),
    "rows_with_errors": gettext_lazy("Some rows have errors: correct them, or apply the others."),
    "unnamed_rows": gettext_lazy("Some rows name nobody, so nobody can be told to be missing: fill in their numbers."),
    "second_admin_needed": gettext_lazy("So many people would end by being missing that another admin has to agree."),
    "rows_expired": gettext_lazy("Its rows were kept for a month and are gone: send the file again."),
    "roster_busy": gettext_lazy("Another file is being applied or taken back: try again in a minute."),
    "no_plan": gettext_lazy("You have no plan yet: ask the benefit’s team to add one, then apply it again."),
    "not_applied": gettext_lazy("Only what was applied can be taken back."),
    "changed_since": gettext_lazy(
        "Later changes touched some of the same people: take those back first, or correct these people one by one."
    ),
}
_ACTIONS: Mapping[str, tuple[Callable[..., ChangeSet], dict[str, Any]]] = {
    "apply": (services.apply, {}),
    "apply_others": (services.apply, {"skip_rows_with_errors": True}),
    "approve": (services.approve, {}),
    "undo": (services.undo, {}),
}
_UNKNOWN = "unknown_column"


class FilePage(Page):
    """A page that every HR admin of the employer reads; doing something on it takes the permission `people`."""

    roles = ("hr_admin",)

    def admin(self) -> User:
        """Return the admin who may do something. Raises NotFound."""
        user = self.request.user
        if not isinstance(user, User) or HrPermission.PEOPLE not in user.permissions:
            raise NotFound("There is nothing to do here.")
        return user


class Files(FilePage):
    """The newest change-sets, through which door they came, what became of them; and a form for another file."""

    template_name = "benefits/eligibility_files.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The change-sets, newest first."""
        kwargs.setdefault("form", UploadForm())
        page = rows_of(self.request, queries.list_change_sets(), ordering="-id", size=_SHOWN)
        rows = [(one, STATUS_WORDS[Status(one.status)], DOOR_WORDS[Door(one.door)]) for one in page.rows]
        return super().get_context_data(page=replace(page, rows=rows), **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Stage a file; of one that cannot be read nothing is kept, and the page says why and where."""
        form, admin = UploadForm(request.POST, request.FILES), self.admin()
        if not form.is_valid():
            return self._refused(form, [])
        file = form.cleaned_data.pop("file")
        about: dict[str, Any] = {"employer_id": _employer_of(admin), "by": admin.pk, "now": clock.now()}
        try:
            change_set, is_new = services.upload(**about, **form.cleaned_data, file=file.file, size=file.size)
        except DomainError as error:
            faults = error.extra.get("errors", [])
            form.add_error("file", _("Not taken: see above.") if faults else _refusal(error))
            return self._refused(form, faults)
        if not is_new:
            messages.info(request, _("The same file came before: this is what became of it."))
        return redirect("page-change-set", change_set.pk)

    def _refused(self, form: UploadForm, faults: list[dict[str, Any]]) -> HttpResponse:
        unknown = [fault["column"] for fault in faults if fault["code"] == _UNKNOWN]
        return self.render_to_response(self.get_context_data(form=form, faults=faults, unknown=unknown), status=422)


class FileColumns(FilePage):
    """How the employer's files name our columns; `?theirs=` asks about names that are not known yet."""

    template_name = "benefits/file_columns.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound for who may not say so."""
        if "form" not in kwargs:
            mapping = column_mapping(_employer_of(self.admin()))
            version = mapping.version if mapping else NEVER_SAID
            kwargs["form"] = ColumnsForm(initial={"version": version}, theirs=self._theirs())
        return super().get_context_data(**kwargs)

    def _theirs(self) -> dict[str, str]:
        """What is remembered, after the names that are asked about."""
        mapping = column_mapping(_employer_of(self.admin()))
        asked = dict.fromkeys(self.request.GET.getlist("theirs")[:MOST_COLUMNS], "")
        return asked | (dict(mapping.columns) if mapping else {})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Remember what was said; what another admin said meanwhile is not overwritten."""
        admin = self.admin()
        form = ColumnsForm(request.POST, theirs=self._theirs())
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        about: dict[str, Any] = {"employer_id": _employer_of(admin), "by": admin.pk, "now": clock.now()}
        try:
            services.set_columns(**about, columns=form.columns(), expected_version=form.cleaned_data["version"])
        except DomainError as error:
            form.add_error(None, translated(str(error)))
            return self.render_to_response(self.get_context_data(form=form), status=error.status)
        messages.success(request, _("Remembered, for this file and those to come. Send the file again."))
        return redirect("page-eligibility-files")


class OneChangeSet(FilePage):
    """A change-set: what it would do or did, person by person; what is wrong in it; and what can be done."""

    template_name = "benefits/change_set.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound."""
        change_set, user = queries.get_change_set(kwargs["change_set_id"]), self.request.user
        is_at_work = change_set.status in (Status.READING, *AT_WORK)
        diff = change_set.diff
        return super().get_context_data(
            change_set=change_set,
            words=STATUS_WORDS[Status(change_set.status)],
            refusal=_said(**change_set.refusal) if change_set.refusal else "",
            door=DOOR_WORDS[Door(change_set.door)],
            progress=progress_of(change_set.pk, phase=change_set.status) if is_at_work else None,
            counts=[(words, diff.get(effect, 0), effect) for effect, words in EFFECT_WORDS.items()] if diff else [],
            previews=_previews(change_set) if change_set.status == Status.STAGED else [],
            faults=change_set.errors[:_SHOWN],
            needs_approval=needs_approval(change_set),
            approvals=list(change_set.approvals.all()),
            can_change=HrPermission.PEOPLE in getattr(user, "permissions", ()),
            **kwargs,
        )

    def post(self, request: HttpRequest, change_set_id: UUID) -> HttpResponse:
        """Apply, approve, take back, put aside; what is refused is said, and nothing changes. Raises NotFound."""
        admin, action = self.admin(), request.POST.get("action", "")
        try:
            if action == "discard":
                services.discard(change_set_id=change_set_id)
            elif action in _ACTIONS:
                service, more = _ACTIONS[action]
                service(change_set_id=change_set_id, by=admin.pk, now=clock.now(), **more)
            else:
                raise NotFound("There is no such action.")
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, _refusal(error))
        return redirect("page-change-set", change_set_id)


def _refusal(error: DomainError) -> str:
    """Why nothing was done, in the reader's language where it has words for it."""
    return str(_REFUSALS.get(error.code) or translated(str(error)))


def _said(*, code: str, detail: str, **more: Any) -> str:
    return str(_REFUSALS.get(code) or translated(detail))


def _employer_of(admin: User) -> UUID:
    assert admin.employer_id is not None
    return admin.employer_id


def _previews(change_set: ChangeSet) -> list[tuple[Any, list[dict[str, Any]]]]:
    return [
        (
            EFFECT_WORDS[effect],
            [
                {
                    "row": one.row,
                    "employee_number": one.employee_number,
                    "name": one.name,
                    "differs": [_differing(*pair) for pair in one.differs],
                }
                for one in rows
            ],
        )
        for effect, rows in preview(change_set).items()
    ]


def _differing(name: str, before: Any, after: Any) -> tuple[Any, Any, Any]:
    return FIELD_WORDS[name], value_in_words(name, before), value_in_words(name, after)

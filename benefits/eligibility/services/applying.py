"""Applying a change-set: all of it or nothing, and once.

What is small is applied at once, what is large by a worker: in one transaction as well, so that a killed worker leaves
the roster as it was, and the job, which comes again, does all of it.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction

from benefits.eligibility.models import Approval, ChangeSet, Status
from benefits.eligibility.models.change_sets import AT_WORK
from benefits.eligibility.queries.comparing import ABSENT, Description, describe_compared, load_compared
from benefits.eligibility.rules.effects import REFUSALS, WRITES, needs_second_admin, refusal
from benefits.eligibility.services.progress import tell_application
from benefits.eligibility.services.staging import PATIENCE
from benefits.employers.models import Employer
from benefits.employers.queries import get_employer
from benefits.enrollment import services as enrollment
from benefits.enrollment.models import DESCRIBED
from benefits.events import ApplicationAsked
from workers.kernel.errors import DomainError
from workers.outbox.publishing import publish

AT_ONCE = 5_000  # rows; more are applied by a worker
LOCK_SECONDS = 10  # that a change-set waits for another one of the same employer
_COMPARED, _WRITTEN = 0.2, 0.9  # shares of the time that applying takes
_TOLD = ", ".join(DESCRIBED)
_CHANGES = f"""
CREATE TEMPORARY TABLE roster_change ON COMMIT DROP AS
SELECT coalesce(member_id, id) AS member_id, enrollment_id, effect, member_id IS NOT NULL AS is_known, employee_number,
    {_TOLD}, subscriber_id, contact_hash, CASE effect WHEN 'added' THEN NULL ELSE known_hash END AS known_hash,
    coalesce(nullif(personal_email, ''), work_email) AS invite_email,
    cover_from
FROM arriving JOIN compared USING (id)
WHERE why IS NULL AND effect IN ({", ".join(f"'{effect}'" for effect in WRITES)})
"""
_ENDING = {"end_date": "greatest(%(today)s, member.hire_date)", "leave_starts_on": "NULL"}
_ABSENT = f"""
INSERT INTO roster_change (member_id, enrollment_id, effect, is_known, employee_number, {_TOLD}, subscriber_id,
    contact_hash, known_hash)
""" + ABSENT.format(
    columns="member.id, member.id, 'ended', true, member.employee_number, "
    + ", ".join(_ENDING.get(name, f"member.{name}") for name in DESCRIBED)
    + ", member.subscriber_id, member.contact_hash, member.contact_hash"
)
# What could not be stays, with its reason, for the file of rejects; the addresses of all others go.
_REFUSED = """
UPDATE benefits_stagedrow AS kept SET refused = '', errors = jsonb_build_array(jsonb_build_object(
    'row', kept."row", 'column', reason.said->>'column', 'code', compared.why, 'message', reason.said->>'message'))
FROM compared, LATERAL (SELECT %(reasons)s::jsonb->compared.why AS said) AS reason
WHERE compared.why IS NOT NULL AND kept.employer_id = %(employer)s AND kept.id = compared.id
"""
_APPLIED = """
DELETE FROM benefits_stagedrow WHERE employer_id = %(employer)s AND change_set_id = %(change_set)s AND errors = '[]'
"""


class AlreadyApplied(DomainError):
    """The change-set was applied before."""

    code = "already_applied"


class NotStaged(DomainError):
    """The change-set cannot be applied as it is; `state` says how far it has got."""

    code = "not_staged"


class RowsWithErrors(DomainError):
    """Some rows cannot be applied, and nobody said that the others may go ahead."""

    code = "rows_with_errors"


class UnnamedRows(DomainError):
    """Absence cannot be told: some rows do not say whom they are about."""

    code = "unnamed_rows"


class SecondAdminNeeded(DomainError):
    """So many terminations by absence take a second admin: `absent` of `roster` members."""

    code = "second_admin_needed"


class RowsExpired(DomainError):
    """The change-set waited too long: rows are kept for 30 days."""

    code = "rows_expired"


class RosterBusy(DomainError):
    """Another change-set of this employer is being applied or undone."""

    code = "roster_busy"


def apply(*, change_set_id: UUID, by: UUID, now: datetime, skip_rows_with_errors: bool = False) -> ChangeSet:
    """Bring the roster in line with a staged change-set, all of it or nothing, and once.

    What differs is found anew under the employer's lock, since another one may have been applied after the preview.
    More than AT_ONCE rows are left to a worker: the change-set is `applying`, and `refusal` says why when it is
    `staged` again. The caller acts as the employer's HR. Raises NotFound, AlreadyApplied, NotStaged, RowsWithErrors,
    UnnamedRows, SecondAdminNeeded, RosterBusy, NoPlan.
    """
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        _check_is_staged(change_set)
        change_set.skips_errors = skip_rows_with_errors
        _check_may_go(change_set, error_count=change_set.error_count, diff=change_set.diff, by=by)
        if change_set.rows > AT_ONCE:
            ask_for(change_set, Status.APPLYING, by=by)
            asked = ApplicationAsked(change_set_id=change_set.pk, employer_id=change_set.employer_id, asked_by=by)
            publish(asked, about=change_set, now=now)
        else:
            change_roster(change_set, by=by, now=now)
    return change_set


def run_application(*, change_set_id: UUID, now: datetime) -> None:
    """Apply a change-set that waits for a worker; one that does not wait any more is let be.

    A refusal is kept on the change-set, which is then staged again. The caller acts as the employer's HR.
    """
    with transaction.atomic():
        change_set = ChangeSet.locked(pk=change_set_id)
        if change_set.status != Status.APPLYING:
            return
        assert change_set.applied_by is not None
        try:
            with transaction.atomic():
                change_roster(change_set, by=change_set.applied_by, now=now)
        except DomainError as refused:
            give_back(change_set, Status.STAGED, refused)


def change_roster(change_set: ChangeSet, *, by: UUID, now: datetime) -> None:
    """Apply a change-set that the caller holds locked. Raises as `apply` does."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        lock_roster(change_set)
        about: dict[str, Any] = {
            "employer": change_set.employer_id,
            "change_set": change_set.pk,
            "today": now.date(),
            "reasons": json.dumps({why: refusal(0, why) for why in REFUSALS}),
        }
        with load_compared(cursor, change_set):
            done = describe_compared(cursor, change_set)
            if done.rows != change_set.rows:
                raise RowsExpired("Its rows were kept for a month and are gone: send the file again.")
            _check_may_go(change_set, error_count=done.error_count, diff=done.diff, by=by)
            tell_application(change_set, share=_COMPARED)
            cursor.execute(_CHANGES)
            if change_set.ends_absent:
                cursor.execute(_ABSENT, about)
            with enrollment.recorded(door=change_set.door, now=now, change_set_id=change_set.pk):
                enrollment.apply_changes(employer_id=change_set.employer_id, now=now)
            tell_application(change_set, share=_WRITTEN)
            cursor.execute("DROP TABLE roster_change")
            cursor.execute(_REFUSED, about)
            cursor.execute(_APPLIED, about)
    _finish(change_set, done, by, now)


def _finish(change_set: ChangeSet, done: Description, by: UUID, now: datetime) -> None:
    change_set.status, change_set.applied_at, change_set.applied_by = Status.APPLIED, now, by
    change_set.diff, change_set.refusal = done.diff, None
    fields = ["status", "applied_at", "applied_by", "skips_errors", "diff", "refusal"]
    change_set.save(update_fields=fields)


def _check_is_staged(change_set: ChangeSet) -> None:
    if change_set.status in (Status.APPLIED, Status.UNDOING, Status.UNDONE):
        raise AlreadyApplied("This change-set was applied before: nothing has been changed.")
    if change_set.status != Status.STAGED:
        raise NotStaged("This change-set cannot be applied as it is.", state=change_set.status)


def _check_may_go(change_set: ChangeSet, *, error_count: int, diff: dict[str, Any], by: UUID) -> None:
    if error_count and not change_set.skips_errors:
        raise RowsWithErrors(
            "Some rows have errors: correct them and upload the file again, or apply the others with "
            "`skip_rows_with_errors`.",
            error_count=error_count,
        )
    if not change_set.ends_absent:
        return
    if diff["unnamed"]:
        raise UnnamedRows("Some rows name nobody, so nobody can be told to be absent: fill their employee numbers.")
    size = {"absent": diff["absent"], "roster": diff["roster"]}
    brake = get_employer(change_set.employer_id).brake_percent
    if needs_second_admin(**size, brake_percent=brake) and not _is_approved(change_set, diff, by):
        raise SecondAdminNeeded(
            f"More than {brake} % of the roster would end by absence: another admin has to approve it first.",
            **size,
            brake_percent=brake,
        )


def _is_approved(change_set: ChangeSet, diff: dict[str, Any], by: UUID) -> bool:
    """Whether somebody else agreed to at least so many terminations."""
    approvals = Approval.objects.filter(change_set=change_set, absent__gte=diff["absent"])
    return approvals.exclude(approved_by=by).exists()


def ask_for(change_set: ChangeSet, status: Status, *, by: UUID) -> None:
    """Leave a change-set to a worker. Raises RosterBusy."""
    if change_set.status == Status.STAGED:
        change_set.applied_by = by
    else:
        change_set.undone_by = by
    change_set.status, change_set.refusal = status, None
    try:
        with transaction.atomic():
            change_set.save(update_fields=["status", "skips_errors", "refusal", "applied_by", "undone_by"])
    except IntegrityError:  # change_set_one_at_work
        raise _busy() from None


def give_back(change_set: ChangeSet, status: Status, refused: DomainError) -> None:
    """What a worker was asked for came to nothing: say why."""
    change_set.status = status
    change_set.refusal = {"code": refused.code, "detail": str(refused), **refused.extra}
    change_set.save(update_fields=["status", "refusal"])


def lock_roster(change_set: ChangeSet) -> None:
    """Take the employer's lock, under which changes of its roster follow one another. Raises RosterBusy."""
    others = ChangeSet.objects.filter(employer_id=change_set.employer_id, status__in=AT_WORK)
    if others.exclude(pk=change_set.pk).exists():
        raise _busy()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
            Employer.locked(pk=change_set.employer_id)
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError:
        raise _busy() from None


def _busy() -> RosterBusy:
    return RosterBusy("Another change-set is being applied or undone: try again when it is through.")

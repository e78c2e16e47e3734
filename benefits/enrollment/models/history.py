"""What happened to members and their cover: written by triggers, whatever statement made the change.

Why not a library: docs/decisions/0014-history-by-our-own-triggers.md.
"""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from workers.kernel.constraints import EVERY, OWN_EMPLOYER, Numbered, Trigger, append_only, seen_by
from workers.kernel.permissions import needs_permission


class Door(models.TextChoices):
    """Through which door a change came in."""

    FILE = "file"  # a census file, CSV or spreadsheet
    X12 = "x12"  # an 834
    SCIM = "scim"
    HRIS = "hris"  # a connector
    API = "api"  # one person, or several, by an HR admin
    OPERATOR = "operator"


class MemberChange(models.Model):
    """One change of one row: `before` and `after` hold what differs; of a row that is new neither is there.

    What a new row was is told by the row as it stands and what was `before` each change of it: `queries.list_changes`.
    `subject` is "member" or "cover", `subject_id` that row. `door`, `reason`, `changed_at` and `change_set_id` are what
    `services.recording.recorded` said; a change made outside of it fails, for `door` may not be missing. `changed_by`
    is the user, null for a system of the employer's; `role` is the database role that did it.
    """

    number = models.BigIntegerField(primary_key=True, db_default=0)
    employer_id = models.UUIDField()
    member_id = models.UUIDField()
    subject = models.CharField(max_length=10)
    subject_id = models.UUIDField()
    door = models.CharField(max_length=10, choices=Door.choices)
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.UUIDField(null=True)
    role = models.CharField(max_length=20)
    changed_at = models.DateTimeField()
    change_set_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            Numbered(name="member_change_number", column="number"),
            *append_only("member_change", "a change is undone by another one"),
            Trigger(
                name="member_change_by_trigger_only",
                on="BEFORE INSERT ON {table} FOR EACH STATEMENT",
                body=(
                    "IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'history is written by triggers alone' "
                    "USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;"
                ),
            ),
            *needs_permission("member_change", hr="people"),
            *seen_by(
                "member_change",
                hr=(OWN_EMPLOYER, "select, insert"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select, insert"),  # its triggers insert, if only no row, when an event moves a version
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member_id", "number"], name="member_change_of_member"),
            # A change-set's rows lie together, and it is read only to be undone: the bounds of each megabyte will do.
            BrinIndex(fields=["change_set_id"], autosummarize=True, name="member_change_of_set"),
        ]


# Subqueries, which are asked once a statement and not once a row.
_SAID = (
    "(SELECT nullif(current_setting('app.door', true), '')), "
    "(SELECT coalesce(current_setting('app.reason', true), '')), "
    "(SELECT nullif(current_setting('app.user', true), '')::uuid), current_user, "
    "(SELECT nullif(current_setting('app.changed_at', true), '')::timestamptz), "
    "(SELECT nullif(current_setting('app.change_set', true), '')::uuid)"
)


_INTO = """
INSERT INTO benefits_memberchange (employer_id, member_id, subject, subject_id, door, reason, changed_by, role,
    changed_at, change_set_id, before, after)
SELECT fresh.employer_id, fresh.{member}, '{subject}', fresh.id, {said}, """
# No images: of 100,000 new people those were the half of what applying wrote, and all of it is in the rows themselves.
_ADDED = "NULL, NULL FROM fresh; RETURN NULL;"
_CHANGED = """differing.before, differing.after FROM fresh JOIN gone ON gone.id = fresh.id CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(name, was) AS before, jsonb_object_agg(name, is_now) AS after
    FROM (VALUES {pairs}) AS one (name, was, is_now) WHERE was IS DISTINCT FROM is_now
) AS differing WHERE ({former}) IS DISTINCT FROM ({present}); RETURN NULL;"""
# A session keeps the plan that it made for one row, which would look at each of 100,000 for each of 100,000.
_BY_HASH = "SET enable_nestloop = off"


def kept_in_history(subject: str, *, member: str, columns: Sequence[str]) -> list[models.BaseConstraint]:
    """Return the triggers that write a MemberChange for each inserted row, and for each whose `columns` change.

    Once per statement and not per row: a change-set of 100,000 people costs two inserts. `member` is the column
    with the member's id. What is not in `columns` (the version, which every event moves) is no change. Rows are never
    deleted (`never_deleted`), for what a new one was is told by what it has become.
    """
    into = _INTO.format(subject=subject, member=member, said=_SAID)
    changed = _CHANGED.format(
        pairs=", ".join(f"('{column}', to_jsonb(gone.{column}), to_jsonb(fresh.{column}))" for column in columns),
        former=", ".join(f"gone.{column}" for column in columns),
        present=", ".join(f"fresh.{column}" for column in columns),
    )
    return [
        Trigger(
            name=f"{subject}_added_history",
            on="AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT",
            body=into + _ADDED,
        ),
        Trigger(
            name=f"{subject}_changed_history",
            on="AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT",
            body=into + changed,
            settings=_BY_HASH,
        ),
    ]

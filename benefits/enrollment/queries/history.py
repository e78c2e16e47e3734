"""Reading what was changed."""

from collections.abc import Sequence

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from benefits.enrollment.models import TOLD_OF_COVER, TOLD_OF_MEMBER, Member, MemberChange


def _present(table: str, names: Sequence[str]) -> str:
    """The row of a change as it stands."""
    facts = ", ".join(f"'{name}', present.{name}" for name in names)
    return f"""(
        SELECT jsonb_build_object({facts}) FROM {table} AS present WHERE present.id = benefits_memberchange.subject_id
    )"""


# A row as it began: as it stands, with what it was before each change of it, the first of them last.
_BEGAN = f"""CASE WHEN benefits_memberchange.before IS NULL THEN
    CASE subject
        WHEN 'member' THEN {_present("benefits_member", TOLD_OF_MEMBER)}
        ELSE {_present("benefits_enrollment", TOLD_OF_COVER)}
    END || coalesce((
        SELECT jsonb_object_agg(former.key, former.value ORDER BY later.number DESC)
        FROM benefits_memberchange AS later CROSS JOIN LATERAL jsonb_each(later.before) AS former
        WHERE later.member_id = benefits_memberchange.member_id AND later.subject_id = benefits_memberchange.subject_id
    ), '{{}}')
END"""


def list_changes(member: Member) -> QuerySet[MemberChange]:
    """Return what was changed of a member and their cover, as far as the actor may see it.

    Of a row that was added by a change, `began_as` holds everything.
    """
    changes = MemberChange.objects.filter(employer_id=member.employer_id, member_id=member.pk)
    return changes.annotate(began_as=RawSQL(_BEGAN, (), output_field=JSONField(null=True)))  # noqa: S611 - of the models

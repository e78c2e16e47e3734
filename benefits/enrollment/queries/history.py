"""Reading what was changed."""

from django.db.models import QuerySet

from benefits.enrollment.models import Member, MemberChange


def list_changes(member: Member) -> QuerySet[MemberChange]:
    """Return what was changed of a member and their cover, as far as the actor may see it."""
    return MemberChange.objects.filter(employer_id=member.employer_id, member_id=member.pk)

"""Two members of one employer are one person: an operator makes them one.

Which one goes is decided by what would be lost. Everything a person does with the benefit hangs on the member whose
account they use, and without an account nothing can (a referral, a course, a plan of payments begins signed in). So
only a member *without* an account may go; where both have one, nobody merges anything by machine. HR sees one of two
rows leave its roster, and is told neither which had an account nor that this was the question.
"""

from datetime import datetime
from uuid import UUID

from benefits.accounts import services as accounts
from benefits.accounts.queries import has_account
from benefits.employers.models import Employer
from benefits.enrollment import queries
from benefits.enrollment.models import Door, Member
from benefits.enrollment.rules import missing
from benefits.enrollment.services import covering
from benefits.enrollment.services.recording import recorded
from benefits.events import MembersMerged
from workers.kernel.errors import DomainError
from workers.outbox.publishing import publish


class CannotMerge(DomainError):
    """These two are not to be made one: `why` is "same", "other_employer", "dependants", or "has_account"."""

    code = "cannot_merge"


def merge(*, member_id: UUID, into_id: UUID, reason: str, now: datetime) -> Member:
    """Make one member of two: `member_id` leaves the roster, `into_id` stays and gets what cover only the other had.

    The one who goes keeps their number, which is nobody's any more, and their history; their dependants become the
    other's, their open invitations are worthless. As an operator. Raises NotFound, CannotMerge.
    """
    with recorded(door=Door.OPERATOR, now=now, reason=reason):
        goes, stays = _locked(member_id, into_id)
        accounts.close_invitations(member_id=goes.pk, now=now)  # before the look: an acceptance under way is waited for
        if has_account(goes.pk):
            raise CannotMerge("The member who would go has an account: merge the other way.", why="has_account")
        queries.dependants_of(goes).update(subscriber=stays)
        lost = missing(covering.empty(goes), among=covering.spans_of(stays.pk))
        goes.merged_into, goes.removed_at = stays, now
        goes.save(update_fields=["merged_into", "removed_at"])
        covering.give(stays, lost, now=now)
        event = MembersMerged(member_id=goes.pk, into_id=stays.pk, employer_id=stays.employer_id)
        publish(event, about=stays, now=now)
    stays.refresh_from_db()
    return stays


def _locked(member_id: UUID, into_id: UUID) -> tuple[Member, Member]:
    """Both members, under their employer's lock."""
    one, other = queries.get_on_roster(member_id), queries.get_on_roster(into_id)
    if one.pk == other.pk:
        raise CannotMerge("Name two members.", why="same")
    if one.employer_id != other.employer_id:
        raise CannotMerge("They are of two employers: each has their own record of a person.", why="other_employer")
    Employer.locked(pk=one.employer_id)
    pair = Member.objects.select_for_update(of=("self",)).filter(removed_at=None).in_bulk([one.pk, other.pk])
    if len(pair) < 2 or _is_family(pair[one.pk], pair[other.pk]):
        raise CannotMerge("One is the other's dependant, or left the roster meanwhile.", why="dependants")
    return pair[one.pk], pair[other.pk]


def _is_family(goes: Member, stays: Member) -> bool:
    """Whether one is covered through the other, or the one who stays could not have the other's dependants."""
    is_related = goes.subscriber_id == stays.pk or stays.subscriber_id == goes.pk
    return is_related or (stays.subscriber_id is not None and queries.dependants_of(goes).exists())

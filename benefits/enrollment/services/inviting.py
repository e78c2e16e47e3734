"""Inviting the people on the roster by e-mail; letters are benefits/letters/.

An employer that names an address of its own for somebody could set up their account before they do. So whoever reads
an address that was given before hears of the change, and has CONTACT_HOLD to use the link they have. None of this
depends on whether there is an account: the employer reads the new address, and would learn of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits.accounts import services as accounts
from benefits.enrollment import queries
from benefits.enrollment.models import Member
from benefits.enrollment.rules import local_day, status_on
from benefits.events import MemberContactSettled, MemberInvitationAsked
from workers.emails.queueing import queue_email, withdraw_from_gone
from workers.outbox.publishing import publish
from workers.timers.scheduling import schedule

CONTACT_HOLD = timedelta(days=3)
_GONE = ("terminated", "deceased")


def may_be_invited(member: Member, *, now: datetime) -> bool:
    """Whether somebody is on the roster and employed, or about to be."""
    today = local_day(now, member.timezone)
    return member.removed_at is None and status_on(member, on=today) not in _GONE


def ask_to_invite(*, member_id: UUID, now: datetime) -> None:
    """Ask for an invitation by e-mail; what comes of it is not told. Raises NotFound."""
    with transaction.atomic():
        member = queries.get_on_roster(member_id)
        publish(MemberInvitationAsked(member_id=member.pk, employer_id=member.employer_id), about=member, now=now)


def invite(*, member_id: UUID, now: datetime) -> None:
    """Mail a member their invitation at the address that counts now; as a worker.

    Nothing happens when there is no address, when they left, or while an address is on hold. Raises NotFound.
    """
    with transaction.atomic():
        member = queries.get_member(member_id)
        contact = queries.latest_contact(member_id)
        if contact is None or not contact.email or not may_be_invited(member, now=now):
            return
        if _is_on_hold(contact.created_at, queries.former_contact(member_id), now):
            return
        accounts.invite_member(
            member_id=member.pk,
            employer_id=member.employer_id,
            email=contact.email,
            language=member.language,
            now=now,
        )


def invite_all(*, member_ids: Sequence[UUID], now: datetime) -> None:
    """Mail each of these members their invitation, as `invite` does; as a worker. Raises NotFound."""
    with transaction.atomic():
        for member_id in member_ids:
            invite(member_id=member_id, now=now)


def follow_contact(*, member_id: UUID, now: datetime) -> None:
    """Invite at the address that an employer supplied: at once, or once the former one's reader had time to object."""
    with transaction.atomic():
        member = queries.get_member(member_id)
        contact, former = queries.latest_contact(member_id), queries.former_contact(member_id)
        if contact is None or not contact.email or not may_be_invited(member, now=now):
            return
        if not _is_on_hold(contact.created_at, former, now):
            invite(member_id=member_id, now=now)
            return
        settles_at = contact.created_at + CONTACT_HOLD
        event = MemberContactSettled(member_id=member.pk, employer_id=member.employer_id)
        schedule(event, about=member, due_at=settles_at, generation=member.version)
        queue_email(
            key=f"address-changed:{contact.pk}",
            to=former,
            template="benefits/address_changed",
            context={"settles_at": settles_at},
            now=now,
            language=member.language,
            zone=member.timezone,
            drop_after=settles_at,
            reader_id=member.pk,
        )


def stop_mail(*, member_id: UUID, now: datetime) -> None:
    """Make what was mailed to somebody who died worthless, and take back what was not sent yet; as a worker.

    Nothing is queued from then on: a dead member has no address (facade.Member.email), and is not invited.
    """
    with transaction.atomic():
        if queries.get_member(member_id).date_of_death is None:
            return
        accounts.close_invitations(member_id=member_id, now=now)
        withdraw_from_gone(reader_id=member_id)


def stop_mail_of_closed(*, member_id: UUID) -> None:
    """Take back what was not sent yet to somebody who closed their account; as a worker.

    Nothing is queued from then on: a closed account has no address (facade.Member.email). Invitations open nothing. Yet
    they stay as they were, and what their employer asks for later goes out as to everybody: an employer that reads the
    address would learn of it from a link that ends that day, or an e-mail that does not come.
    """
    withdraw_from_gone(reader_id=member_id)


def _is_on_hold(since: datetime, former: str, now: datetime) -> bool:
    """Whether an address took the place of `former` ("": there was none) a short while ago."""
    return bool(former) and now < since + CONTACT_HOLD

"""What operators write down, and what that does to an alarm."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from referrals.requests.models import NoteKind, Party, Request, RequestNote
from referrals.requests.queries import get_promises
from referrals.requests.rules import FOR_A_PERSON
from referrals.requests.services.moving import set_alarm
from referrals.screening.services import urgent


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Somebody was called, or written to: by which channel, which party, and whether they were reached."""

    channel: str
    party: str
    reached: bool


def add_note(
    *, request_id: UUID, author_id: UUID, text: str, now: datetime, contact: Contact | None = None
) -> RequestNote:
    """Keep a remark, or a contact that was made. Raises NotFound.

    Reaching somebody sets the alarm back; a member who was reached waits for no call on account of an urgent answer.
    """
    with transaction.atomic():
        request = Request.locked(pk=request_id)
        note = RequestNote(
            request=request,
            member_id=request.member_id,
            kind=NoteKind.CONTACT if contact else NoteKind.NOTE,
            text=text,
            author_id=author_id,
            at=now,
        )
        if contact:
            note.channel, note.party, note.reached = contact.channel, contact.party, contact.reached
            if contact.reached and request.status in FOR_A_PERSON:
                _renew(request, now)
            if contact.reached and contact.party == Party.MEMBER:
                urgent.acknowledge_all(member_id=request.member_id, operator_id=author_id, now=now)
        note.save(force_insert=True)
    return note


def _renew(request: Request, now: datetime) -> None:
    hours = get_promises().of(request.urgency).again_every_hours
    request.due_by, request.escalation = now + timedelta(hours=hours), 0
    set_alarm(request)
    request.save(update_fields=["due_by", "alarm", "escalation"])

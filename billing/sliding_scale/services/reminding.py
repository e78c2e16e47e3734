"""E-mails about declared incomes, in words that tell nothing."""

from datetime import datetime
from uuid import UUID

from benefits import facade as benefits
from billing.sliding_scale.models import DeclarationStatus
from billing.sliding_scale.queries import current_declaration, get_declaration
from workers.emails.queueing import queue_email


def remind(*, declaration_id: UUID, about: str, now: datetime) -> None:
    """Mail that evidence or a renewal is due, unless it came meanwhile or another declaration counts; as a worker.

    Raises NotFound.
    """
    declaration = get_declaration(declaration_id)
    if declaration != current_declaration(declaration.member_id, now=now):
        return
    if about == "evidence" and (declaration.status == DeclarationStatus.DOCUMENTED or declaration.evidence_sent_at):
        return
    due_at = declaration.evidence_due_at if about == "evidence" else declaration.valid_until
    member = benefits.get_member(declaration.member_id)
    if member.email:
        queue_email(
            key=f"income:{declaration.pk}:{about}",
            to=member.email,
            template=f"billing/income_{about}",
            context={"due_at": due_at},
            now=now,
            language=member.language,
            zone=member.timezone,
            drop_after=due_at,
            reader_id=member.id,
        )

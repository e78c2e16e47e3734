"""What an operator does by hand: sending a request to a clinic of their choice, answering for one that telephoned."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.offers.models import Offer
from referrals.offers.queries.offers import get_offer
from referrals.offers.rules import Mover, Reason
from referrals.offers.services.answering import accept, decline
from referrals.offers.services.ending import cancel
from referrals.offers.services.making import Making, make
from referrals.requests import services as requests
from referrals.requests.models import Channel, Party, Request
from referrals.requests.queries import get_request
from referrals.requests.rules import FINAL, FOR_A_PERSON, RequestStatus
from referrals.requests.services.noting import Contact
from referrals.routing.rules.accounting import FILTERS
from referrals.routing.services import Choice, assign
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError


class ClinicCannotTake(DomainError):
    """The clinic passes not every filter that holds for a clinic of a person's choice: `filters` names them."""

    code = "clinic_cannot_take"


def reassign(*, request_id: UUID, clinic_id: UUID, author_id: UUID, why: str, now: datetime) -> Offer:
    """Ask a clinic of the operator's choice, and nobody else; `why` is kept as a note.

    Who is being asked is told that the offer is void. A request that a clinic accepted ends, and another takes its
    place. Raises NotFound, NotInThatState for an ended request, NotCovered, ClinicCannotTake.
    """
    get_request(request_id)
    with transaction.atomic():
        requests.add_note(request_id=request_id, author_id=author_id, text=why, now=now)
        with acting_as(WORKER):
            return _reassign(Request.locked(pk=request_id), clinic_id, now)


def answer_for_clinic(*, offer_id: UUID, reason: str, author_id: UUID, note: str, now: datetime) -> Offer:
    """Take the answer that a clinic gave by telephone: a no with a `reason`, or a yes; `note` goes to the contact log.

    Raises as `accept` and `decline`.
    """
    offer = get_offer(offer_id)
    contact = Contact(channel=Channel.PHONE, party=Party.CLINIC, reached=True)
    with transaction.atomic():
        requests.add_note(request_id=offer.request_id, author_id=author_id, text=note, contact=contact, now=now)
        with acting_as(WORKER):
            if reason:
                return decline(offer_id=offer.pk, clinic_id=offer.clinic_id, reason=reason, now=now, by=Mover.OPERATOR)
            return accept(offer_id=offer.pk, clinic_id=offer.clinic_id, now=now, by=Mover.OPERATOR)


def _reassign(request: Request, clinic_id: UUID, now: datetime) -> Offer:
    if request.status in FINAL:
        raise requests.NotInThatState(f"The request is {request.status}.", state=request.status)
    member = benefits.get_member(request.member_id)
    coverage = requests.coverage_today(member, now)
    if coverage is None:
        raise requests.NotCovered("The member is not covered today.")
    choice = assign(request, clinic_id=clinic_id, member=member, coverage=coverage, now=now)
    if not isinstance(choice, Choice):
        said = ", ".join(FILTERS["en"].get(name, f"are {name}") for name in choice)
        raise ClinicCannotTake(f"This clinic cannot be asked: they {said}.", filters=list(choice))
    cancel(request, Reason.REASSIGNED, by=Mover.OPERATOR, now=now)
    making = Making(request=_opened(request, now), choices=[choice], member=member)
    [offer], _ = make([making], by=Mover.OPERATOR, now=now)
    return offer


def _opened(request: Request, now: datetime) -> Request:
    """The request to make the offer for, open: this one, or the one that takes the place of an accepted one."""
    if request.status == RequestStatus.ACCEPTED:
        return requests.succeed(request, RequestStatus.OPEN, now=now)
    if request.status in FOR_A_PERSON:
        requests.move(request, RequestStatus.OPEN, now=now)
    return request

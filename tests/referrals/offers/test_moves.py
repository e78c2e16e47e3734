"""One table says which states of an offer follow each other, and who moves it; PostgreSQL holds writers to it."""

from collections import deque
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from referrals.offers.models import Offer
from referrals.offers.rules import LIVE, MOVES, OPEN, REASONS, Mover, OfferStatus, list_moves, may_move
from referrals.requests.models import Request
from referrals.requests.rules import RequestStatus
from referrals.requests.rules import list_moves as list_moves_of_requests
from tests.factories.referrals import make_clinic, make_member, make_request, open_offer, run_workers
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def offer(db: None, now: datetime) -> Any:
    make_clinic()
    request = make_request(make_member())
    run_workers()
    return open_offer(request)


def ways(moves: Any, first: Any) -> Any:
    """How each state is reached from the first by drawn moves: {state: [moves]}."""
    known: dict[Any, list[Any]] = {first: []}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        for move in moves:
            if move[0] == state and move[1] not in known:
                known[move[1]] = [*known[state], move]
                queue.append(move[1])
    return known


def columns(status: str, now: datetime) -> dict[str, Any]:
    """What the other constraints want of a row in a state."""
    reasons = REASONS.get(OfferStatus(status), ("",))
    return {"reason": reasons[0], "closed_at": None if status in OPEN else now}


def test_the_database_refuses_every_move_that_is_not_drawn(offer: Any, now: datetime) -> None:
    reached = ways(list_moves(), "requested")
    assert set(reached) == set(OfferStatus), "a state that nothing leads to"
    wrong = []
    for old in OfferStatus:
        with acting_as(WORKER), transaction.atomic():
            for _, to, by in reached[old]:
                Offer.objects.filter(pk=offer.pk).update(status=to, moved_by=by, **columns(to, now))
            for new, who in product(OfferStatus, Mover):
                if is_moved(offer, new, who, now) != (old == new or may_move(old, new, who)):
                    wrong.append((old, new, who))
            transaction.set_rollback(True)
    assert wrong == []


def is_moved(offer: Any, to: OfferStatus, by: Mover, now: datetime) -> bool:
    """Whether the database would let it go there; it does not."""
    try:
        with transaction.atomic():
            Offer.objects.filter(pk=offer.pk).update(status=to, moved_by=by, **columns(to, now))
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(("status", "by"), [("accepted", "system"), ("received", "system"), ("requested", "clinic")])
def test_an_offer_begins_as_requested_by_us(offer: Any, now: datetime, status: str, by: str) -> None:
    with acting_as(WORKER):
        twin = Offer.objects.get(pk=offer.pk)
        twin.summary = dict(twin.summary)
        twin.pk, twin.status, twin.moved_by, twin.clinic_id = new_id(), status, by, new_id()
        twin.closed_at = None if status in OPEN else now
        with pytest.raises(IntegrityError, match="offer does not begin"), transaction.atomic():
            twin.save(force_insert=True)


def test_the_database_refuses_every_move_of_a_request_that_is_not_drawn(now: datetime) -> None:
    request = make_request(make_member())
    drawn = list_moves_of_requests()
    reached = ways(drawn, "open") | {"review": None}
    assert set(reached) == set(RequestStatus)
    wrong = []
    for old, new in product([state for state in RequestStatus if reached[state] is not None], RequestStatus):
        with acting_as(WORKER), transaction.atomic():
            for _, to in reached[old]:
                Request.objects.filter(pk=request.pk).update(status=to, clinic_id=clinic_in(to))
            try:
                with transaction.atomic():
                    Request.objects.filter(pk=request.pk).update(status=new, clinic_id=clinic_in(new))
                moved = True
            except IntegrityError:
                moved = False
            transaction.set_rollback(True)
        if moved != (old == new or (old, new) in drawn):
            wrong.append((old, new, moved))
    assert wrong == []


def clinic_in(status: str) -> Any:
    return new_id() if status in ("accepted", "completed", "moved") else None


@pytest.mark.parametrize("status", [OfferStatus.REJECTED, OfferStatus.FAILED, OfferStatus.CANCELLED])
def test_an_offer_ends_with_a_reason_of_its_end(offer: Any, now: datetime, status: OfferStatus) -> None:
    foreign = next(reason for other, reasons in REASONS.items() if other != status for reason in reasons)
    who = sorted(MOVES[OfferStatus.REQUESTED][status])[0]
    for reason in ("", foreign):
        with acting_as(WORKER), pytest.raises(IntegrityError, match="offer_reason_of_its_end"), transaction.atomic():
            Offer.objects.filter(pk=offer.pk).update(status=status, moved_by=who, reason=reason, closed_at=now)


def test_what_is_over_stays_over_but_for_an_answer_that_had_come_in_time() -> None:
    over = {status for status in OfferStatus if not MOVES[status]}
    assert over == set(OfferStatus) - {*LIVE, OfferStatus.FAILED}
    after_silence = {(to, who) for old, to, who in list_moves() if old == OfferStatus.FAILED}
    assert after_silence == {(OfferStatus.ACCEPTED, Mover.CLINIC), (OfferStatus.REJECTED, Mover.CLINIC)}


def test_only_clinics_and_operators_for_them_say_yes() -> None:
    assert {who for _, to, who in list_moves() if to == OfferStatus.ACCEPTED} == {Mover.CLINIC, Mover.OPERATOR}

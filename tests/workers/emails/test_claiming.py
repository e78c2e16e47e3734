"""Many threads that want the same e-mails: none waits for another, none comes back to what another is taking."""

from functools import partial
from threading import Event

from tests.racing import at_once
from tests.workers.emails.conftest import AGAIN, Box, queue
from workers.emails.claiming import Claimed, Waiting, claim_next
from workers.emails.models import Email
from workers.emails.sending import send_due
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.leases import Status

SECONDS = 10  # within which another thread has to give up


def test_who_finds_only_what_another_is_taking_goes_away(committed_db: str) -> None:
    """It looked again and again, with rows locked for which that other waited: both stood until a lease ended."""
    queue()
    taken, gone = Event(), Event()

    def take() -> bool:
        with acting_as(WORKER):
            assert claim_next(Waiting(), now=clock.now()) is not None
            taken.set()
            return gone.wait(SECONDS)

    def come_late(waiting: Waiting) -> Claimed | None:
        assert taken.wait(SECONDS)
        with acting_as(WORKER):
            found = claim_next(waiting, now=clock.now())
        gone.set()
        return found

    assert at_once(take, partial(come_late, Waiting())) == [True, None]


def test_who_read_it_before_another_took_it_goes_away(committed_db: str) -> None:
    queue()
    waiting = Waiting()
    with acting_as(WORKER):
        assert waiting.look(now=clock.now())
        assert claim_next(Waiting(), now=clock.now()) is not None
        assert claim_next(waiting, now=clock.now()) is None


def test_many_who_send_the_same_few_send_each_once(box: Box) -> None:
    for number in range(48):
        queue(AGAIN, key=str(number))
    assert sum(at_once(*[send_due] * 8)) == len(box.mails()) == 48
    with acting_as(WORKER):
        assert set(Email.objects.values_list("status", "attempts")) == {(Status.DONE, 1)}

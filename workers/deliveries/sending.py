"""Sending: claim due deliveries, sign and post each outside any transaction, and record what came of it.

Claims, posts and records overlap: what is answered is recorded, in one transaction with the next claim, while the
others are under way, and they go on while the database is at work. So a slow endpoint holds up nobody.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from django.db import InterfaceError, OperationalError

from workers.deliveries.claiming import Claimed, Result, Target, ask, claimed_by, find_targets, has_due
from workers.deliveries.post import Poster, poster
from workers.deliveries.recording import note, record, says_something
from workers.deliveries.rules import MAX_ATTEMPTS, Answer
from workers.deliveries.signing import headers
from workers.deliveries.telling import tell
from workers.deliveries.transfer import Post
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as, ask_for_answers, pipelined
from workers.kernel.bells import ring
from workers.kernel.encryption import CannotDecrypt
from workers.kernel.network import refuse_inside_transaction
from workers.kernel.trace import span

__all__ = ["has_due", "send_due"]

log = logging.getLogger(__name__)
MOST_IN_FLIGHT = 512  # posts at once in one drain
# Claimed or recorded in one go. The other half is posted meanwhile: else all of it waits for the database in turns.
MOST_AT_ONCE = MOST_IN_FLIGHT // 2
LOOK_AGAIN = 0.05  # seconds between claims while nothing is answered
SLOWEST_LOOK = 1.0  # seconds between looks once nothing more is claimed


def send_due(*, seconds: float = 2.0) -> int:
    """Send what is due and return how many attempts were made.

    New deliveries are claimed for so many seconds; if more are due then, the lane is rung for another drain. It returns
    when all that it claimed is answered or timed out, and recorded. Raises InsideTransaction.
    """
    refuse_inside_transaction("A webhook's address")
    with poster() as one:
        return _Drain(one).run(seconds)


class AlwaysLost(Exception):
    """The worker died or hung at every attempt of a delivery: it may be what kills."""


class _Drain:
    """One turn of sending, in one thread; several may run in a process, and on many machines."""

    def __init__(self, poster: Poster) -> None:
        self.poster = poster
        self.targets: dict[str, Target] = {}
        self.claimed: list[Claimed] = []  # and not yet begun
        self.unsent: list[Result] = []
        self.sent = 0

    def run(self, seconds: float) -> int:
        """Claim while there is time, and see everything to its end."""
        until = monotonic() + seconds
        results: list[Result] = []
        while monotonic() < until:
            self._record_and_claim(results)
            if not self.poster.is_half_done:  # else what is claimed begins while the database is at work
                self.poster.begin(self._posts())
                if not self.poster.in_flight and not self.unsent:
                    return self.sent
            results = self._finished(LOOK_AGAIN)
        self.poster.begin(self._posts())
        self._record_and_ring(results)
        while self.poster.in_flight or self.unsent:
            self._record_and_ring(self._finished(SLOWEST_LOOK))
        return self.sent

    def _record_and_claim(self, results: Sequence[Result]) -> None:
        """What endpoints are doing is read before it is written, so that goes ahead."""
        if any(says_something(result) for result in results):
            self._record(results)
            results = []
        try:
            claimed = self._exchange(results)
        except (OperationalError, InterfaceError) as error:
            # Perhaps after the COMMIT: then the fence lets nothing through, and what was claimed waits for its lease.
            log.warning("exchange failed results=%s error=%s: recorded apart", len(results), type(error).__name__)
            self._record(results)
            return
        if new := {delivery.endpoint_id for delivery in claimed} - self.targets.keys():
            with acting_as(WORKER):
                self.targets |= find_targets(new, now=clock.now())
        self.claimed += claimed

    def _exchange(self, results: Sequence[Result]) -> list[Claimed]:
        """Record and claim in one message to the database."""
        room = MOST_IN_FLIGHT - self.poster.in_flight - len(self.claimed)
        with pipelined(WORKER, meanwhile=self._post_meanwhile):
            noted = note(results) if results else None
            asked = ask(now=clock.now(), limit=min(room, MOST_AT_ONCE))
        if noted is not None:
            tell(results, noted)
        return claimed_by(asked)

    def _post_meanwhile(self) -> None:
        """The transaction is in the database's hands, COMMIT included: nothing that is posted holds it up."""
        answers = ask_for_answers()
        self.poster.go_on_until(answers, self._posts())

    def _record(self, results: Sequence[Result]) -> None:
        with acting_as(WORKER):
            record(results)

    def _record_and_ring(self, results: Sequence[Result]) -> None:
        """The next drain goes on at once with what is due, while this one waits for the slow ones."""
        with acting_as(WORKER):
            record(results)
            if has_due():
                ring("webhooks")

    def _posts(self) -> list[Post]:
        """What is claimed, ready to be sent; what cannot be is among the `unsent`."""
        claimed, self.claimed = self.claimed, []
        posts, at = [], clock.now()
        for delivery in claimed:
            try:
                posts.append(self._prepared(delivery, at))
            except (AlwaysLost, CannotDecrypt) as fault:
                answer = Answer(status_code=None, error_class=type(fault).__name__, is_our_fault=True)
                self.unsent.append(Result(delivery, at, answer))
        self.sent += len(posts)
        return posts

    def _prepared(self, delivery: Claimed, at: datetime) -> Post:
        if delivery.attempts > MAX_ATTEMPTS:
            raise AlwaysLost
        target = self.targets[delivery.endpoint_id]
        with span("delivery", trace=delivery.trace, type=delivery.type):  # of preparing it: posts overlap
            body = delivery.body()
            if not target.signers:
                raise CannotDecrypt("None of the endpoint's secrets opens.")
            signed = headers(f"msg_{delivery.message_id.replace('-', '')}", at=at, body=body, signers=target.signers)
        return Post(target.url, signed, body, (delivery, at))

    def _finished(self, within: float) -> list[Result]:
        finished: list[tuple[tuple[Claimed, datetime], Answer]]
        finished = self.poster.finished(within=within, most=MOST_AT_ONCE)
        results = [Result(delivery, at, answer) for (delivery, at), answer in finished] + self.unsent
        self.unsent = []
        return results

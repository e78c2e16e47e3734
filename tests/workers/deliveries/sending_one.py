"""One message by itself: production signs and posts many at once."""

from collections.abc import Sequence
from datetime import datetime

from workers.deliveries.post import poster
from workers.deliveries.rules import Answer
from workers.deliveries.signing import headers, signer
from workers.deliveries.transfer import Post


def sign(message_id: str, *, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers, signed under each of `keys`."""
    return headers(message_id, at=at, body=body, signers=[signer(key) for key in keys])


def post(url: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """Post `body` and wait for what comes of it."""
    with poster() as one:
        one.begin([Post(url, headers, body)])
        while not (done := one.finished(within=1)):
            pass
    return done[0][1]

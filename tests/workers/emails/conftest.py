"""A real mail server with a mailbox, and e-mails in the queue."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.simulators.running import running
from workers.emails.queueing import queue_email
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

HELD, AGAIN = "referrals/session_week_before", "benefits/sign_in_changed"
WORDS = {
    "first_name": "Ada",
    "course_id": "c1",
    "url": "https://x.example/",
    "day": "Saturday, March 14",
    "time": "11 a.m.",
}


@pytest.fixture(scope="module")
def mailbox_urls() -> Iterator[list[str]]:
    with running("mailbox", "--smtp-port", "0", "--http-port", "0") as urls:
        yield urls


class Box:
    """The mailbox from outside."""

    def __init__(self, url: str) -> None:
        self.url = httpx.URL(url)

    def mails(self) -> list[dict[str, Any]]:
        """What arrived, oldest first."""
        mails: list[dict[str, Any]] = httpx.get(self.url.join("/messages")).json()
        return mails

    def raw(self) -> str:
        """The only mail that arrived, as it travelled."""
        [mail] = self.mails()
        return httpx.get(self.url.join(f"/messages/{mail['id']}.eml")).text

    def order(self, **fault: Any) -> None:
        """Have something go wrong with the next mail."""
        httpx.post(self.url.join("/control/faults"), json=fault).raise_for_status()


@pytest.fixture
def box(mailbox_urls: list[str], committed_db: str, settings: Any) -> Box:
    smtp, http = (httpx.URL(url) for url in mailbox_urls)
    settings.EMAIL_BACKEND = "workers.emails.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.host, smtp.port
    httpx.delete(http.join("/messages"))
    httpx.delete(http.join("/control/faults"))
    return Box(str(http))


def queue(template: str = HELD, *, key: str = "k", to: str = "ada@home.example", **more: Any) -> None:
    """Queue an e-mail, of a kind that is held in doubt unless another template is named."""
    with acting_as(WORKER):
        queue_email(key=key, to=to, template=template, context=WORDS, now=clock.now(), **more)

"""Every page of the URLconf with whom it is for, and what holds for each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from referrals.stories.rules import LookReason
from referrals.stories.services import open_story
from tests.architecture.addresses import OURS, _walk
from tests.architecture.world import PLACES, Tenant, build_tenant
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import OPERATOR, make_member, make_request, open_offer, run_workers
from workers.emails.models import Email
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.web import Page

MOST_BYTES = 100_000
MOST_QUERIES = 15  # what is asked or written
MOST_STATEMENTS = 40  # with those that begin, end and divide transactions, and say who acts
_NO_QUERY = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK|SELECT set_config|SELECT coalesce\(current_setting")
EVERYBODY = ("hr_admin", "employee", "clinic_staff", "operator")
# allauth's pages, which are in no view of ours, and the doors that a link opens: who may open them.
OTHERS = {
    "accounts/login/": ("anonymous",),
    "letter/": ("anonymous",),
    "letter/sent/": ("anonymous",),
    "accounts/password/reset/": ("anonymous",),
    "accounts/password/reset/done/": ("anonymous",),
    "accounts/password/change/": EVERYBODY,
    "accounts/logout/": EVERYBODY,
    "accounts/2fa/": EVERYBODY,
    "accounts/2fa/webauthn/": EVERYBODY,
    "accounts/reauthenticate/": ("newcomer",),
}
_LINK = re.compile(r"https?://[^/\s]+/((?:questions|mail|activate|answer)/\?token=\S+)")
FILES = ("page-statement-file", "session-file", "page-own-data-file", "page-mail", "page-income-file")
LEADS_ON = ("page-pay-next",)
_SPOTS = re.compile(r"<uuid:(\w+)>")


@dataclass(frozen=True)
class Shown:
    """A page: its path with ids in it, and the roles that it opens for."""

    path: str
    roles: tuple[str, ...]


def pages(ids: dict[str, UUID], roles: tuple[str, ...] = EVERYBODY) -> Iterator[Shown]:
    """Yield every page of ours, of objects in `ids`, and those of allauth; not files, nor what only leads on."""
    for path, pattern in _walk(get_resolver().url_patterns, ""):
        view = getattr(pattern.callback, "view_class", None)
        if not path.startswith(OURS) and view and issubclass(view, Page) and pattern.name not in (*FILES, *LEADS_ON):
            yield Shown("/" + _SPOTS.sub(lambda spot: str(ids[spot[1]]), path), view.roles or roles)
    for path, whose in OTHERS.items():
        yield Shown(f"/{path}", whose)


@dataclass(frozen=True)
class Opened:
    """An answer of a page, and what it cost."""

    answer: Any
    statements: list[str]

    @property
    def queries(self) -> list[str]:
        """The statements that ask or write something."""
        return [each for each in self.statements if not _NO_QUERY.match(each)]

    @property
    def excess(self) -> list[str]:
        """What there is too much of."""
        found = (
            (len(self.answer.content), MOST_BYTES, "bytes"),
            (len(self.queries), MOST_QUERIES, "queries"),
            (len(self.statements), MOST_STATEMENTS, "statements"),
        )
        return [f"{count} {what}" for count, most, what in found if count > most]


def open_page(client: Client, path: str) -> Opened:
    """GET a page. What it asked is noted at once: the next request would empty Django's log of it."""
    with CaptureQueriesContext(connection) as log:
        answer = client.get(path)
    return Opened(answer, [query["sql"] for query in log.captured_queries])


def mailed() -> Iterator[Shown]:
    """Yield the pages behind the links of e-mails, the last of each kind: they open for whoever has the link."""
    with acting_as(WORKER):
        texts = [email.message["text"] for email in Email.objects.order_by("id")]
    links = {found.partition("/")[0]: found for text in texts for found in _LINK.findall(text)}
    yield from (Shown(f"/{path}", ("anonymous",)) for path in links.values())


def build_world(now: datetime) -> tuple[dict[str, UUID], dict[str, Client]]:
    """The ids of one of everything, with an offer that waits, and a browser of each role."""
    return open_to(build_tenant(PLACES[0], 0, now), now)


def open_to(tenant: Tenant, now: datetime) -> tuple[dict[str, UUID], dict[str, Client]]:
    """The same, of a tenant that is there."""
    request = make_request(make_member())
    run_workers()
    operator = make_user("operator")
    with acting_as(OPERATOR):
        look: dict[str, Any] = {"reason": LookReason.AUDIT, "words": "yearly", "now": now}
        open_story(member_id=tenant.member.pk, reader_id=operator.pk, **look)
    clients = {
        **tenant.clients,
        "operator": signed_in(operator),
        "newcomer": signed_in(make_user("operator"), mfa=False),
        "anonymous": Client(),
    }
    return tenant.ids | {"offer_id": open_offer(request).pk}, clients


class _Elements(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.headings = 0
        self._is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is inline, and what would be asked of somebody else."""
        given = {name: value or "" for name, value in attrs}
        self.headings += tag == "h1"
        self._is_script = tag == "script"
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.wrong.append(f"inline {tag}")
        loads = [given.get(name, "") for name in ("src", "srcset", "poster", "action", "hx-get", "hx-post")]
        if tag in ("link", "use", "image"):
            loads.append(given.get("href", ""))
        self.wrong += [f"{tag} loads {url}" for url in loads if re.match(r"(?i)\s*(https?:)?//", url)]


def faults_of(html: str) -> list[str]:
    """Return what is wrong with a page: anything inline, anything from elsewhere, other than one heading, holes."""
    found = _Elements()
    found.feed(html)
    is_whole = html.lstrip().startswith("<!DOCTYPE html>")
    holes = re.findall(r"\{\{|\{%|%\(\w+\)s", html)
    headings = [f"{found.headings} h1"] if is_whole and found.headings != 1 else []
    return [*found.wrong, *holes, *headings]


def worded(answer: Any) -> str:
    """The text of an answer."""
    return str(answer.content.decode())

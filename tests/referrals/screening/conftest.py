"""A member at a browser, and versions of the questionnaire on the disk."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from referrals.screening import queries
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_member
from workers.kernel.actor import Actor

DRAFT = "/api/v1/screenings/draft/"


@pytest.fixture
def member(db: None, now: datetime) -> Actor:
    return make_member()


@pytest.fixture
def browser(member: Actor) -> Client:
    return client_of(member)


def client_of(member: Actor) -> Client:
    """The browser of a member."""
    return signed_in(make_user("employee", employer_id=member.employer, member_id=member.member))


class Tab:
    """One tab of a browser: it sends the ETag that it saw last."""

    def __init__(self, client: Client) -> None:
        self.client, self.tag = client, ""

    def start(self, **body: Any) -> Any:
        return self._seen(self.client.post(DRAFT, json.dumps(body), content_type="application/json"))

    def read(self) -> Any:
        return self._seen(self.client.get(DRAFT))

    def save(self, **answers: Any) -> Any:
        body = json.dumps({"answers": answers})
        return self._seen(
            self.client.patch(DRAFT, body, content_type="application/json", headers={"If-Match": self.tag})
        )

    def finish(self) -> Any:
        return self.client.post(f"{DRAFT}finish/", headers={"If-Match": self.tag})

    def _seen(self, answer: Any) -> Any:
        self.tag = answer.headers.get("ETag", self.tag)
        return answer


@pytest.fixture
def publish_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put versions on the disk: `publish_version("readiness.2026-02", "2026-02-01", old="new", …)` edits the text."""
    original = (queries._DATA / "questionnaires" / f"{queries.CURRENT}.yaml").read_text("utf-8")
    (tmp_path / "questionnaires").mkdir()
    monkeypatch.setattr(queries, "_DATA", tmp_path)

    def write(name: str, effective_on: str, *edits: tuple[str, str], recalled: bool = False) -> None:
        text = original.replace("id: readiness.2026-01", f"id: {name}")
        text = text.replace("effective_on: 2026-01-01", f"effective_on: {effective_on}")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        if recalled:
            text += 'recalled:\n  on: 2026-02-20\n  en: "A question was wrong."\n  es: "Una pregunta estaba mal."\n'
        (tmp_path / "questionnaires" / f"{name}.yaml").write_text(text, "utf-8")
        queries.get_questionnaires.cache_clear()

    write("readiness.2026-01", "2026-01-01")
    yield write
    queries.get_questionnaires.cache_clear()

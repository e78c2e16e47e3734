"""Who announces is read from the source, and what could not be read is refused."""

import ast

import pytest

from workers.catalogue import sources
from workers.catalogue.entries import Kind, list_entries, list_reactions
from workers.catalogue.sources import Announcement, Untraceable, find_announcements, slices_called

MADE = "events/referrals.offer.made.v1"
IMPORTS = "from referrals.events import OfferMade as Made\nfrom referrals import events, messages\n"


def found_in(monkeypatch: pytest.MonkeyPatch, source: str) -> dict[str, list[Announcement]]:
    tree = ast.parse(IMPORTS + source)
    monkeypatch.setattr(sources, "_trees", lambda: (("referrals.offers.services", tree),))
    return find_announcements(list_entries())


@pytest.mark.parametrize(
    ("body", "is_timer"),
    [
        ("publish(Made(), about=x, now=now)", False),
        ("publish(events.OfferMade(), about=x, now=now)", False),
        ("event = Made()\n    publish(event, about=x, now=now)", False),
        ("publish_all([(Made(), x) for x in xs], now=now)", False),
        ("return receive(announce=lambda x: Made())", False),
        ("schedule(Made(), about=x, due_at=now)", True),
        ("event = Made()\n    schedule(event, about=x, due_at=now)", True),
        ("timers.schedule(Made(), about=x, due_at=now)", True),
    ],
)
def test_whoever_makes_one_announces_it(monkeypatch: pytest.MonkeyPatch, body: str, is_timer: bool) -> None:
    found = found_in(monkeypatch, f"def offer(x: Made) -> Made:\n    {body}\n")
    assert found == {MADE: [Announcement("referrals.offers.services", "offer", is_timer)]}
    assert found[MADE][0].slice == "referrals.offers"


def test_a_method_and_a_nested_function_announce_for_who_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "class V:\n    def post(self):\n        def inner():\n            return Made()\n        return inner\n"
    assert found_in(monkeypatch, source)[MADE] == [Announcement("referrals.offers.services", "post", False)]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    kind = Made\n    publish(kind(), about=x)\n",
        "def f():\n    announce(Made)\n",
        "KINDS = {'made': Made}\n",
        "MADE = Made()\n",
        "class V:\n    event = Made\n",
        "def f():\n    return events.OfferMade\n",
    ],
)
def test_a_class_that_is_handed_around_is_refused(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    with pytest.raises(Untraceable, match="OfferMade without making one"):
        found_in(monkeypatch, source)


def test_subscribing_and_annotating_announce_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "@reacts_to(Made)\ndef f(event: Made, rest: list[Made]) -> Made | None:\n    last: Made\n"
    assert found_in(monkeypatch, source) == {}


def test_who_mentions_an_inbound_message_applies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def accept(data: messages.ReferralAccepted): ...\nHANDLERS = {messages.ReferralAccepted: accept}\n"
    [applied] = found_in(monkeypatch, source)["inbound/referral.accepted"]
    assert applied.function == "accept"


def test_reactions_lead_to_the_slices_they_call() -> None:
    entry = next(entry for entry in list_entries(Kind.EVENT) if entry.name == "referrals.offer.accepted.v1")
    slices = {reaction.consumer: slices_called(reaction) for reaction in list_reactions(entry)}
    assert slices["referrals.plan_course"] == ["referrals.courses"]
    assert slices["referrals.tell_member_of_acceptance"] == ["referrals.requests"]

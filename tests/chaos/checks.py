"""The verdict: clients' journals against what the database and the others' logs say. Each finding is one sentence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tests.chaos.evidence import Evidence, Json
from tests.chaos.journal import Outcome

CONSUMERS_OF = {
    "chaos.poked.v1": ("write_row", "write_batch"),
    "chaos.called.v1": ("ponder", "post_webhook", "write_mail", "note_call"),
    "chaos.rang.v1": ("hear_timer",),
}
CONSUMERS = {consumer for consumers in CONSUMERS_OF.values() for consumer in consumers}
SHOWN = 10  # findings of a kind that are spelled out


@dataclass
class Verdict:
    """Findings by what they are, and the figures of the result."""

    evidence: Evidence
    findings: dict[str, list[str]] = field(default_factory=dict)

    def judge(self) -> "Verdict":
        """Look for everything that must not be."""
        self.findings = {
            "lost": list(self._lost()),
            "doubled": list(self._doubled()),
            "misordered": [f"{self.evidence.misordered} effects came after a later one of their key"]
            * self.evidence.misordered,
            "stuck": [f"{count} {what}" for what, count in self.evidence.rest.items() for _ in range(count)],
            "torn": list(self._torn()),
            "double_charges": list(self._double_charges()),
        }
        return self

    def figures(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(found) for name, found in self.findings.items()}

    def sentences(self) -> Iterator[str]:
        """The first findings of each kind."""
        for name, found in self.findings.items():
            yield from (f"{name}: {sentence}" for sentence in list(dict.fromkeys(found))[:SHOWN])

    @cached_property
    def _ids(self) -> dict[str, list[tuple[str, str]]]:
        """The (type, event id) of every tag."""
        found: dict[str, list[tuple[str, str]]] = {}
        for tag, kind, event_id in self.evidence.events:
            found.setdefault(tag, []).append((kind, event_id))
        return found

    @cached_property
    def _acknowledged(self) -> list[str]:
        return [tag for batch in self.evidence.batches for tag in tags(batch) if is_acknowledged(batch)]

    def _lost(self) -> Iterator[str]:
        yield from (f"{tag} was acknowledged and is nowhere" for tag in self._acknowledged if tag not in self._ids)
        for kind, event_id in (each for found in self._ids.values() for each in found):
            for consumer in CONSUMERS_OF[kind]:
                if not self.evidence.effects[consumer, event_id]:
                    yield f"{kind} {event_id} had no effect in {consumer}"
        yield from self._lost_outside()
        yield from self._lost_inside()

    def _lost_outside(self) -> Iterator[str]:
        """What others should have seen at least once."""
        taken = {entry["tag"] for entry in self.evidence.received if entry["kind"] == "hook" and entry["taken"]}
        called = {entry["id"] for entry in self.evidence.received if entry["kind"] == "call"}
        keys = {key for key, _ in self.evidence.mail_rows}
        for tag, kind, event_id in self.evidence.events:
            if kind == "chaos.called.v1":
                yield from [f"no clinic took the webhook of {tag}"] * (tag not in taken)
                yield from [f"the partner was never told of {tag}"] * (event_id not in called)
                yield from [f"no e-mail of {tag} was sent"] * (tag not in keys)
        for key, message_id in self.evidence.mail_rows:
            if not self.evidence.mails[message_id]:
                yield f"the e-mail {key} counts as sent and never arrived"

    def _lost_inside(self) -> Iterator[str]:
        """What others sent us and we acknowledged, and the payments."""
        for message in self.evidence.sent:
            if is_acknowledged(message) and not self.evidence.messages[message["key"]]:
                yield f"message {message['key']} was acknowledged and never applied"
        for payment in self.evidence.payments:
            if is_acknowledged(payment) and not self.evidence.charges[int(payment["key"])]:
                yield f"the payment of {payment['key']} cents was agreed to and never charged"
        if self.evidence.ledger_cents != self.evidence.charged_cents:
            yield f"the ledger holds {self.evidence.ledger_cents} cents, Stripe took {self.evidence.charged_cents}"

    def _doubled(self) -> Iterator[str]:
        for (consumer, event_id), count in self.evidence.effects.items():
            yield from [f"{consumer} took effect {count} times for {event_id}"] * (count - 1)
        for tag, found in self._ids.items():
            yield from [f"{tag} was announced {len(found)} times"] * (len(found) - 1)
        for message_id, count in self.evidence.messages.items():
            yield from [f"message {message_id} was applied {count} times"] * (count - 1)
        yield from self._several_ids()
        yield from [f"{self.evidence.early_timers} timers fired early"] * self.evidence.early_timers

    def _several_ids(self) -> Iterator[str]:
        """To the other side a repeat is one only if it has the same id."""
        ids: dict[str, set[str]] = {}
        for entry in self.evidence.received:
            if entry["kind"] == "hook":
                ids.setdefault(entry["tag"], set()).add(entry["id"])
        yield from (f"the webhook of {tag} went out under {found}" for tag, found in ids.items() if len(found) > 1)
        keys = Counter(key for key, _ in self.evidence.mail_rows)
        yield from (f"{count} e-mails have the key {key}" for key, count in keys.items() if count > 1)

    def _torn(self) -> Iterator[str]:
        """A transaction is there as a whole or not at all, and one that was never committed is not there."""
        for batch in self.evidence.batches:
            there = sum(tag in self._ids for tag in tags(batch) if not tag.endswith(".t"))
            wanted = batch["poked"] + batch["called"]
            if there not in (0, wanted):
                yield f"{there} of the {wanted} events of {batch['key']} are there"
            if there and batch["outcome"] == Outcome.REFUSED:
                yield f"{batch['key']} failed before its commit and is there"

    def _double_charges(self) -> Iterator[str]:
        for cents, count in self.evidence.charges.items():
            yield from [f"{cents} cents were charged {count} times"] * (count - 1)


def tags(batch: Json) -> list[str]:
    """The names of a batch's events."""
    key, names = batch["key"], [str(n) for n in range(batch["poked"])]
    return [f"{key}.{name}" for name in names + ["c"] * batch["called"] + ["t"] * batch["rang"]]


def is_acknowledged(entry: Json) -> bool:
    """Whether the client was told that it is done."""
    return bool(entry["outcome"] == Outcome.ACKNOWLEDGED)

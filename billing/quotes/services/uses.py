"""What an agreed price uses of a plan's limits: computed with the quote, moved with the agreement."""

from collections.abc import Mapping
from uuid import UUID

from billing.quotes.models import BenefitUse
from billing.quotes.queries import used_of
from billing.quotes.rules import Terms

Moves = dict[str, list[int]]


def moves(member_id: UUID, terms: Terms, taken: Mapping[str, int], given_back: Mapping[str, int]) -> Moves:
    """Return {bucket: [was, becomes, limit]} of every limit that a price depends on.

    `taken` is what the price takes, `given_back` what the agreed one took that it is to replace.
    """
    found: Moves = {}
    was = _was(member_id, terms, taken, given_back)
    limits = {cap.bucket: cap.limit for cap in terms.limits()}
    for name in sorted(was):
        after = was[name] + taken.get(name, 0) - given_back.get(name, 0)
        found[name] = [was[name], after, _limit(limits.get(name, 0), was[name], after)]
    return found


def _was(member_id: UUID, terms: Terms, taken: Mapping[str, int], given_back: Mapping[str, int]) -> dict[str, int]:
    """What is used now: the terms know it of their own limits where no agreed price was taken out of them."""
    if not given_back:
        return {cap.bucket: cap.used for cap in terms.limits() if cap.bucket}
    names = {*(cap.bucket for cap in terms.limits()), *taken, *given_back} - {""}
    return dict.fromkeys(names, 0) | used_of(member_id, names)


def _limit(limit: int, before: int, after: int) -> int:
    """What takes more is held to the limit; what was used under a higher one before is not refused for that."""
    return limit if after > before else max(limit, after)


def use(member_id: UUID, planned: Moves) -> bool:
    """Move what is used from what it was to what it becomes; False when something else has moved it meanwhile.

    Each move is a compare-and-set, in the order of the buckets, so that two agreements do not wait for each other; the
    table's check refuses whatever would exceed a limit. In the caller's transaction, to be rolled back on False.
    """
    BenefitUse.objects.bulk_create(
        [BenefitUse(member_id=member_id, bucket=name, upper_limit=planned[name][2]) for name in sorted(planned)],
        ignore_conflicts=True,
    )
    return all(_move(member_id, name, *planned[name]) for name in sorted(planned))


def _move(member_id: UUID, bucket: str, was: int, becomes: int, limit: int) -> bool:
    expected = BenefitUse.objects.filter(member_id=member_id, bucket=bucket, used=was)
    return expected.update(used=becomes, upper_limit=limit) == 1

"""The happy path: a plan, a card, and the instalments as they fall due."""

import pytest

from tests.billing.stripe.world import World


@pytest.mark.parametrize(("count", "parts"), [(1, [10_001]), (2, [5_001, 5_000]), (4, [2_501, 2_500, 2_500, 2_500])])
def test_each_instalment_is_charged_once_when_due(world: World, count: int, parts: list[int]) -> None:
    world.agree(10_001, count)
    world.run()
    assert world.charged() == []

    world.store_card()
    world.run_for(days=7 * count)

    world.assert_charged(*parts)
    assert world.instalments() == ["paid"] * count
    notices = ["billing/debit_soon"] * (count - 1) + ["billing/receipt"] * count
    assert sorted(world.mails()) == notices

"""How a member's share could be paid: what the payment plan will charge, told with the price."""

from workers.kernel.money import split

MOST_INSTALMENTS = 4  # more may count as consumer credit (docs/facts.md)
SMALLEST_CHARGE_CENTS = 50  # docs.stripe.com/currencies#minimum-and-maximum-charge-amounts


def ways_to_pay(member_cents: int) -> list[list[int]]:
    """Return the amounts of 1, 2, … instalments as far as each can be charged; nothing where nothing is to be paid."""
    most = min(MOST_INSTALMENTS, member_cents // SMALLEST_CHARGE_CENTS)
    return [split(member_cents, [1] * count) for count in range(1, most + 1)]

"""Money is integer cents of one currency; nothing here rounds away a cent."""

from collections.abc import Sequence

CURRENCY = "usd"


def split(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split `total_cents` in proportion to `weights` by the largest remainder.

    The parts sum to the total, each lies within one cent of its exact share, zero weights get zero, and a negative
    total splits as the mirror of the positive one. Raises ValueError when no weight is positive or one is negative.
    """
    if any(weight < 0 for weight in weights) or not sum(weights):
        raise ValueError("Weights are not negative, and at least one is positive.")
    if total_cents < 0:
        return [-part for part in split(-total_cents, weights)]
    whole = sum(weights)
    parts = [total_cents * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_cents * weights[i] % whole), i))
    for i in by_remainder[: total_cents - sum(parts)]:
        parts[i] += 1
    return parts


def share(total_cents: int, percent: int) -> int:
    """Return `percent` of `total_cents`, half a cent rounded away from zero."""
    sign = -1 if total_cents < 0 else 1
    return sign * ((abs(total_cents) * percent + 50) // 100)


def dollars(cents: int) -> str:
    """Return cents as people write them: 123456 is "$1,234.56"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"

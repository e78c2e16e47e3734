"""What may be published about groups of people."""

SMALLEST_CELL = 11  # docs/facts.md, "Aggregates": no cell from 1 to 10 (CMS), zero treated like small


def publishable(count: int) -> int | None:
    """Return a count, or None when it is too small to be shown."""
    return count if count >= SMALLEST_CELL else None

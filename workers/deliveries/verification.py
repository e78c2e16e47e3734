"""Code that verifies what we send, to be copied: the recipe of signing.py in three languages, as data."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES: Mapping[str, str] = {"py": "Python", "mjs": "Node.js", "php": "PHP"}
_DATA = Path(__file__).parent / "data"


@cache
def samples_of(signing: str) -> list[tuple[str, str, str]]:
    """Return (code, name, source) for each language, for an endpoint that is signed so ("hmac", "ed25519")."""
    return [
        (code, name, (_DATA / f"verify_{signing}.{code}.txt").read_text(encoding="utf-8"))
        for code, name in LANGUAGES.items()
    ]

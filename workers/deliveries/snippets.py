"""The beginning of an answer, fit for a log: what an endpoint says may hold anything."""

import re

SNIPPET_LENGTH = 200  # characters that are kept
_LOOKED_AT = 1024  # characters: whatever lies across its end is cut off
_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+")
_NAMED = re.compile(r"(?i)((?:pass(?:word|wd)?|secret|token|api[-_]?key|authorization|cookie)\W{1,4})[^\s\"',;}]+")
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;}]+")
_LONG = re.compile(r"[A-Za-z0-9+/_=]{24,}|\b(?:whsec|whsk|sk|rk|pk)_[A-Za-z0-9+/_=]+")


def scrub(answer: bytes) -> str:
    """Return at most 200 characters of an answer, without control characters, e-mail addresses and secrets.

    A secret is what is called one, and any unbroken run of 24 letters and digits.
    """
    text = _printable(answer[:_LOOKED_AT].decode("utf-8", "replace"))
    if len(text) > SNIPPET_LENGTH or _is_suspicious(text):
        for pattern, replacement in (
            (_EMAIL, "[e-mail]"),
            (_SCHEME, r"\1 [secret]"),
            (_NAMED, r"\1[secret]"),
            (_LONG, "[secret]"),
        ):
            text = pattern.sub(replacement, text)
    return text[:SNIPPET_LENGTH]


def _printable(text: str) -> str:
    """With blanks for line ends, control characters, marks of direction and whatever else is not seen."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


def _is_suspicious(text: str) -> bool:
    """Short answers such as {"received": true} hold nothing, and are most of them."""
    return len(text) >= 24 or "@" in text or "_" in text or bool(_NAMED.search(text))

"""English that was left on a Spanish page, in the HTML as it is sent: hidden pieces and `lang="en"` aside."""

import re
from collections.abc import Iterable
from functools import cache
from html.parser import HTMLParser

from config.local.translations import APPS, read

# Words without which there is hardly an English sentence, and which no Spanish one has.
_ENGLISH = re.compile(
    r"\b(the|and|of|is|are|with|your|you|was|were|not|this|that|from|have|will|for|by|to|at|on|in|it|we|or|who)\b", re.I
)
_HOLE = re.compile(r"%\(\w+\)s|%%")
_SENTENCE = 3  # words: shorter ones may stand in a Spanish sentence, and count only where they stand alone
_STATE = re.compile(r"[A-Z]{2}")  # Indiana and Oregon are IN and OR in both languages
_NAMES = ("aria-label", "title", "placeholder", "alt", "data-label")
_NOT_SAID = frozenset(("script", "style", "code", "pre", "textarea"))
_EMPTY = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))


def in_english(said: Iterable[str]) -> list[str]:
    """Return what is English of the pieces that a page says: a sentence of our catalogues, or what reads like it."""
    pieces = [piece for piece in said if not _STATE.fullmatch(piece)]
    english, parts = _catalogue()
    text = "\n".join(pieces)
    return [
        *(piece for piece in pieces if piece in english or _ENGLISH.search(piece)),
        *(part for part in parts if part in text),
    ]


def said_by(html: str) -> list[str]:
    """Return the pieces of text that a page says in its own language, to eyes and to screen readers; no codes."""
    found = _Said()
    found.feed(html)
    return [piece for piece in (" ".join(piece.split()) for piece in found.said) if piece]


class _Said(HTMLParser):
    """Collects what stands where the language is the page's: of each element that is open, whether it does."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._language = ""

    @property
    def _is_said(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, which inherits, and note what it is called."""
        given = dict(attrs)
        self._language = self._language or given.get("lang") or ""
        is_ours = given["lang"] == self._language if "lang" in given else not self._open or self._is_said
        is_said = is_ours and tag not in _NOT_SAID
        self.said += [given[name] or "" for name in _NAMES if name in given and is_ours]
        if tag not in _EMPTY:
            self._open.append((tag, is_said))

    def handle_endtag(self, tag: str) -> None:
        """Close it, and those within it that need no end."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._is_said:
            self.said.append(data.removesuffix(" · Benefit"))


@cache
def _catalogue() -> tuple[frozenset[str], frozenset[str]]:
    """Sentences whose Spanish is another one; and of longer ones the longest part without a hole."""
    entries = [entry for app in APPS for entry in read(app).values()]
    spanish = {words for entry in entries for words in (entry.msgstr, *entry.msgstr_plural.values())}
    english = {words for entry in entries for words in (entry.msgid, entry.msgid_plural)} - spanish
    parts = {max(_HOLE.split(re.sub(r"<[^>]+>", "%%", words)), key=len).strip() for words in english}
    return frozenset(english), frozenset(part for part in parts if len(part.split()) >= _SENTENCE)

"""Sentences that rules say in English and pages in the reader's language."""

import re
from typing import Any, ClassVar

_HOLE = re.compile(r"%\((\w+)\)s")


def gettext_noop(sentence: str) -> str:
    """Return a sentence as it is, and have the catalogues list it (config.local.translations): rules know no reader.

    A page says it in the reader's language by `{{ sentence|translated }}` (docs/pages.md).
    """
    return sentence


class Sentence:
    """A sentence with values in it: `TOO_LONG = Sentence("At most %(most)s signs.")`, and then `TOO_LONG(most=40)`.

    It is made when its module is imported, so that `taken_apart` finds the values again in what was said and kept,
    by whatever process: what is stored and answered stays one English sentence.
    """

    _known: ClassVar[list["Sentence"]] = []

    def __init__(self, words: str) -> None:
        self.words = words
        pieces = _HOLE.split(words)  # text, name, text, name, ..., text
        shape = (f"(?P<{piece}>.+)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        self._said = re.compile("".join(shape))
        self._known.append(self)

    def __call__(self, **values: Any) -> str:
        """Say it in English."""
        return self.words % values

    @classmethod
    def taken_apart(cls, said: str) -> tuple[str, dict[str, str]]:
        """Return the words, with holes, and the values of what was said; of another sentence itself and no values."""
        for one in cls._known:
            if found := one._said.fullmatch(said):
                return one.words, found.groupdict()
        return said, {}

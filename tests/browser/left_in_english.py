"""English that was left on a Spanish page."""

import re
from functools import cache

from playwright.sync_api import Page

from config.local.translations import APPS, read

# Pieces of what a page says, to eyes and to screen readers, but for codes and for what is marked as English.
_SAID = """() => {
  const said = [document.title.split(" · ")[0]];
  const lang = (element) => element.closest("[lang]")?.lang;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (lang(element) === "es" && !element.closest("script, code, pre, textarea")) said.push(texts.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt", "data-label"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (lang(element) === "es") said.push(element.getAttribute(name));
    }
  }
  return said.map((piece) => piece.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
# Words without which there is hardly an English sentence, and which no Spanish one has.
_ENGLISH = re.compile(
    r"\b(the|and|of|is|are|with|your|you|was|were|not|this|that|from|have|will|for|by|to|at|on|in|it|we|or|who)\b", re.I
)
_HOLE = re.compile(r"%\(\w+\)s|%%")
_SENTENCE = 3  # words: shorter ones may stand in a Spanish sentence, and count only where they stand alone


def left_in_english(page: Page) -> list[str]:
    """Return what a page says in English: sentences of our catalogues, and whatever else reads like English."""
    said: list[str] = page.evaluate(_SAID)
    english, parts = _catalogue()
    text = "\n".join(said)
    return [
        *(piece for piece in said if piece in english or _ENGLISH.search(piece)),
        *(part for part in parts if part in text),
    ]


@cache
def _catalogue() -> tuple[frozenset[str], frozenset[str]]:
    """Sentences whose Spanish is another one; and of longer ones the longest part without a hole."""
    entries = [entry for app in APPS for entry in read(app).values()]
    spanish = {words for entry in entries for words in (entry.msgstr, *entry.msgstr_plural.values())}
    english = {words for entry in entries for words in (entry.msgid, entry.msgid_plural)} - spanish
    parts = {max(_HOLE.split(re.sub(r"<[^>]+>", "%%", words)), key=len).strip() for words in english}
    return frozenset(english), frozenset(part for part in parts if len(part.split()) >= _SENTENCE)

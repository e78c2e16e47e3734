"""English that was left on a Spanish page, as it is in the browser, with what scripts put there."""

from playwright.sync_api import Page

from tests.architecture.left_in_english import in_english

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


def left_in_english(page: Page) -> list[str]:
    """Return what a page says in English: sentences of our catalogues, and whatever else reads like English."""
    return in_english(page.evaluate(_SAID))

"""Sentences that rules say in English and pages in the reader's language."""


def gettext_noop(sentence: str) -> str:
    """Return a sentence as it is, and have the catalogues list it (config.local.translations): rules know no reader.

    A page says it in the reader's language by `{{ sentence|translated }}` (docs/pages.md).
    """
    return sentence

"""The catalogues of the pages' words: `python -m config.local.translations --write | --check`.

Every app has one, <app>/locale/es/LC_MESSAGES/django.po, in which the English sentence is the key. `--write` adds what
templates and code say anew, drops what nobody says any more, and compiles; a person then fills in what is empty.
GNU gettext is not needed, so it works wherever the project does.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.template.base import Lexer, TokenType
from django.utils.translation import trim_whitespace

ROOT = Path(__file__).resolve().parents[2]
APPS = ("workers", "benefits", "referrals", "billing", "config")
LANGUAGE = "es"
Message = tuple[str, str]  # one, and several; "" where a sentence counts nothing
_SAYING = {"gettext", "gettext_lazy", "gettext_noop", "Sentence", "_"}
_COUNTING = {"ngettext", "ngettext_lazy"}
_CALL = re.compile(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")
_HOLE = re.compile(r"%\(\w+\)s")
_HEADER = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": LANGUAGE,
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=n != 1;",
}


def messages_of(app: str) -> set[Message]:
    """Return everything that an app's templates and code say."""
    templates = (path for path in (ROOT / app).rglob("templates/**/*.*") if path.suffix in (".html", ".txt"))
    sources = (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    said = {message for path in templates for message in _in_template(path.read_text())}
    return said | {message for path in sources for message in _in_code(path.read_text())}


def catalogue_of(app: str) -> Path:
    """Where an app's catalogue is."""
    return ROOT / app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def read(app: str) -> dict[Message, polib.POEntry]:
    """Return an app's catalogue as it is, by what is said."""
    path = catalogue_of(app)
    entries = polib.pofile(str(path)) if path.exists() else []
    return {(entry.msgid, entry.msgid_plural): entry for entry in entries}


def is_translated(entry: polib.POEntry) -> bool:
    """Whether every form of a sentence has its words."""
    return bool(entry.msgstr) or bool(entry.msgstr_plural and all(entry.msgstr_plural.values()))


def _has_other_holes(entry: polib.POEntry) -> bool:
    """Whether a translation fills in something else than its sentence."""
    forms = [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())
    return any(sorted(_HOLE.findall(form)) != sorted(_HOLE.findall(entry.msgid)) for form in forms)


def _in_template(source: str) -> Iterator[Message]:
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        yield from ((ast.literal_eval(found), "") for found in _CALL.findall(token.contents))
        words = token.split_contents() if token.token_type == TokenType.BLOCK else [""]
        if words[0] in ("translate", "trans") and words[1][0] in "\"'":
            yield words[1][1:-1], ""
        elif words[0] in ("blocktranslate", "blocktrans"):
            yield _block(tokens, is_trimmed="trimmed" in words)


def _block(tokens: Iterator[Any], *, is_trimmed: bool) -> Message:
    """What stands between `blocktranslate` and its end, with %(names)s for its holes, as Django looks it up."""
    forms = [""]
    for token in tokens:
        kind, contents = token.token_type, token.contents
        if kind == TokenType.BLOCK and contents.strip().startswith("end"):
            break
        if kind == TokenType.BLOCK:
            forms.append("")
        else:
            forms[-1] += f"%({contents})s" if kind == TokenType.VAR else contents.replace("%", "%%")
    one, several = (trim_whitespace(form) if is_trimmed else form for form in [*forms, ""][:2])
    return one, several


def _in_code(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if node.func.id in _SAYING and texts:
                yield texts[0], ""
            elif node.func.id in _COUNTING and len(texts) > 1:
                yield texts[0], texts[1]


def write(app: str) -> list[str]:
    """Bring an app's catalogue in line with what it says, and compile it; returns what has no Spanish so far."""
    known = read(app)
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = _HEADER
    for one, several in sorted(messages_of(app)):
        fresh = polib.POEntry(msgid=one, msgid_plural=several, msgstr_plural={0: "", 1: ""} if several else {})
        catalogue.append(known.get((one, several), fresh))
    path = catalogue_of(app)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue if not is_translated(entry)]


def wrong_in(app: str) -> list[str]:
    """Return what is wrong with an app's catalogue: sentences it lacks, knows in vain, or has in English alone."""
    said, known = messages_of(app), read(app)
    compiled = catalogue_of(app).with_suffix(".mo")
    pairs = {} if not compiled.exists() else {e.msgid: (e.msgstr, e.msgstr_plural) for e in polib.mofile(str(compiled))}
    return [
        *(f"{app}: not in the catalogue: {one}" for one, several in sorted(said - set(known))),
        *(f"{app}: nobody says any more: {one}" for one, several in sorted(set(known) - said)),
        *(f"{app}: no Spanish for: {entry.msgid}" for entry in known.values() if not is_translated(entry)),
        *(f"{app}: other holes in: {entry.msgid}" for entry in known.values() if _has_other_holes(entry)),
        *(
            f"{app}: not compiled: {entry.msgid}"
            for entry in known.values()
            if is_translated(entry) and pairs.get(entry.msgid) != (entry.msgstr, entry.msgstr_plural)
        ),
    ]


def main(arguments: list[str]) -> int:
    """Write, or check; exit code 1 when something is wrong."""
    if arguments == ["--write"]:
        wrong = [f"{app}: no Spanish for: {words}" for app in APPS for words in write(app)]
    elif arguments == ["--check"]:
        wrong = [line for app in APPS for line in wrong_in(app)]
    else:
        wrong = ["Say --write or --check."]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a service refuses is said on pages in the reader's language: every sentence of it is in the catalogue."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.translations import APPS, ROOT

# Whose refusals a page shows by the sentence itself, where it has no words of its own for their code.
SAID_ON_PAGES = (
    "benefits/employers/services/admins.py",
    "benefits/enrollment/services/changing.py",
    "benefits/enrollment/services/covering.py",
    "benefits/enrollment/services/living.py",
    "benefits/sign_on/services/keeping.py",
    "billing/payment_plans/rules/changes.py",
    "billing/payment_plans/rules/instalments.py",
    "billing/payment_plans/services/change_kinds.py",
    "billing/payment_plans/services/changing.py",
)
_FOR_NO_READER = {"NotFound", "HttpResponse"}  # the page that does not exist, and an answer in plain text


def _pages() -> list[Path]:
    return sorted(
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if path.name == "web.py" or path.parent.name == "web" or path == ROOT / "config" / "engine.py"
    )


def _said_as_it_is(tree: ast.AST) -> Iterator[int]:
    """Lines on which the sentence of an exception is passed on to a reader without `translated`."""
    caught = {one.name for one in ast.walk(tree) if isinstance(one, ast.ExceptHandler) and one.name}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _name(call) in {"translated", *_FOR_NO_READER}:
            continue
        for said in (*call.args, *(each.value for each in call.keywords)):
            if isinstance(said, ast.Call) and ast.unparse(said) in {f"str({name})" for name in caught}:
                yield said.lineno


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


@pytest.mark.parametrize("path", _pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_says_a_refusal_as_it_is(path: Path) -> None:
    assert list(_said_as_it_is(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", SAID_ON_PAGES)
def test_what_is_refused_is_marked_for_translation(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    raised = [one.exc for one in ast.walk(tree) if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call)]
    bare = [
        one.lineno
        for one in raised
        if _name(one) not in {"NotFound", "ValueError"}
        and one.args
        and isinstance(one.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert bare == []

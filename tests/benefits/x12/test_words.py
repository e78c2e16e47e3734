"""What is wrong with an 834 is said on HR's page in the reader's language, as a census's faults are."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from benefits import x12
from benefits.x12.rules.validating import Fault
from tests.factories.benefits import make_employer, make_hr, make_person, make_plan, signed_in
from tests.factories.x12 import interchange, loop_of

_FOLDER = Path(x12.__file__).parent
_RULES = sorted([*_FOLDER.glob("rules/*.py"), *_FOLDER.glob("services/reading.py")])
FILE = interchange(loop_of(make_person("E1")), loop_of(make_person("E2")))


@pytest.fixture
def hr(db, now) -> Client:
    employer = make_employer()
    make_plan(employer.pk)
    return signed_in(make_hr(employer.pk))


def page_of(hr: Client, content: bytes) -> str:
    """HR's page, in Spanish, of the change-set of an 834."""
    sent = hr.post("/api/v1/x12-files/", {"file": SimpleUploadedFile("members.834", content)}).json()
    return hr.get(f"/eligibility-files/{sent['change_set_id']}/", headers={"Accept-Language": "es"}).content.decode()


def test_members_with_faults_are_told_in_spanish(hr):
    loop = [segment.replace("D8*19850517", "D8*19850231") for segment in loop_of(make_person("E1"))]
    other = [segment.replace("INS*Y*18*021", "INS*Y*18*099") for segment in loop_of(make_person("E2"))]
    page = page_of(hr, interchange(loop, other))
    assert "Indique un día que exista, como CCYYMMDD." in page
    assert "Use uno de los códigos que la guía enumera." in page


def test_a_file_that_may_not_be_whole_is_told_in_spanish(hr):
    assert "IEA02 tiene que repetir el número de control de ISA13" in page_of(
        hr, FILE.replace(b"IEA*1*0000", b"IEA*1*0009")
    )
    assert "GE01 tiene que ser 1" in page_of(hr, FILE.replace(b"GE*1*1", b"GE*2*1"))
    assert "El archivo termina antes de su último segmento" in page_of(hr, FILE[: FILE.index(b"SE*")])


def test_a_fault_names_the_part_of_the_guide_or_its_element():
    about: dict[str, Any] = {"ins": 5, "st": 3, "number": 9, "name": "DMG", "ik3": "8", "element": 2, "ik4": "8"}
    assert Fault(**about, said="Member Birth Date").error().message.startswith("Member Birth Date: Give a day")
    assert Fault(**about).error().message.startswith("DMG02: Give a day")


@pytest.mark.parametrize("path", _RULES, ids=lambda path: path.stem)
def test_every_sentence_is_in_the_catalogues(path: Path) -> None:
    assert list(_unmarked(ast.parse(path.read_text()))) == []


def _unmarked(tree: ast.Module) -> Iterator[str]:
    """Sentences that nobody has marked for the catalogues: texts of several words that end like one."""
    known: list[ast.AST] = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and _marks(call)]
    known += [
        one for one in ast.walk(tree) if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    ]  # docstrings
    passed = {id(text) for one in known for text in ast.walk(one)}
    for one in ast.walk(tree):
        match one:
            case ast.Constant(value=str(text)) if id(one) not in passed and " " in text and text.endswith("."):
                yield text


def _marks(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in {"_", "Sentence"}

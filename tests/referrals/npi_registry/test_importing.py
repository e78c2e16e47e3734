"""Importing: all of a file or nothing, once, and the newest news win whatever the order."""

import os
import signal
import subprocess
import sys
from datetime import date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from referrals.clinics.models import Clinic
from referrals.clinics.services import archive
from referrals.npi_registry import services
from referrals.npi_registry.models import NpiRecord, RegistryFile
from referrals.npi_registry.queries import find_npis, relevant_codes, warnings_about
from tests.factories.benefits import make_user, signed_in
from tests.factories.nppes import (
    DENTISTRY,
    PSYCHIATRY,
    as_csv,
    deactivation_report,
    gone,
    many,
    npis,
    provider,
    published,
)
from tests.factories.referrals import OPERATOR, make_clinic, npi
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as

ONE, TWO, THREE = (npi for npi, _ in zip(npis(), range(3), strict=False))


def bring(path: Path, now: datetime, *, has_everyone: bool = False) -> tuple[RegistryFile, bool]:
    """Import a file as the command does."""
    with acting_as(WORKER):
        return services.import_file(path, has_everyone=has_everyone, now=now)


def bring_rows(folder: Path, now: datetime, *rows: list[str], **options: Any) -> RegistryFile:
    """Import rows."""
    return bring(published(folder, as_csv(rows)), now, **options)[0]


def records() -> dict[str, tuple[Any, ...]]:
    """All that is known, by number."""
    with acting_as(WORKER):
        return {row[0]: row[1:] for row in NpiRecord.objects.order_by("npi").values_list()}


def look_up(npi: str) -> Any:
    with acting_as(WORKER):
        return find_npis([npi]).get(npi)


def test_a_file_is_imported_and_told_of(db: None, tmp_path: Path, now: datetime, capsys: Any) -> None:
    rows = [provider(ONE), provider(TWO, taxonomy=DENTISTRY), provider("1234567890"), gone(THREE, "02/03/2020")]
    path = published(tmp_path, as_csv(rows), name="npidata_pfile_20050523-20260111.csv")
    call_command("import_npi", str(path))
    out, err = capsys.readouterr()
    assert out == f"{path.name}: monthly, 4 rows read, 2 kept, 1 refused; numbers added: 2, changed: 0.\n"
    assert "row 4, NPI: '1234567890' fails its check digit" in err
    call_command("import_npi", str(path))
    assert "imported on 2026-03-02 already; nothing to do" in capsys.readouterr()[0]
    assert set(records()) == {ONE, THREE}
    found = look_up(ONE)
    assert (found.name, found.city, found.licences, found.is_active) == (
        "QUIÑONES, ANA",
        "NEW YORK",
        (("NY", "A12345"),),
        True,
    )
    assert (look_up(THREE).is_active, look_up(TWO)) == (False, None)


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(
    db: None, tmp_path: Path, now: datetime, capsys: Any
) -> None:
    bring_rows(tmp_path, now, provider(ONE, city="ALBANY"), provider(TWO))
    before = records()
    rows = [provider(ONE, city="BUFFALO", updated="02/01/2026"), provider(TWO), provider(THREE)]
    path = published(tmp_path, as_csv(rows))
    for _ in range(2):
        call_command("import_npi", "--dry-run", str(path))
        assert capsys.readouterr()[0].endswith(
            "weekly, 3 rows read, 3 kept, 0 refused; numbers added: 1, changed: 1.\n"
        )
        assert records() == before
    call_command("import_npi", str(path))
    assert capsys.readouterr()[0].endswith("numbers added: 1, changed: 1.\n")
    assert look_up(ONE).city == "BUFFALO"


def test_clinics_whose_number_is_deactivated_are_named_until_it_is_reactivated(
    db: None, tmp_path: Path, now: datetime, capsys: Any
) -> None:
    clinic = make_clinic(1, name="Struck Clinic")
    make_clinic(2, name="Led Clinic", medical_overseer="Dr. Ruiz", medical_overseer_npi=npi(9))
    make_clinic(3, name="Sound Clinic")
    report = deactivation_report(tmp_path, [(clinic.npi, "01/20/2026"), (npi(9), "01/21/2026"), (npi(8), "01/22/2026")])
    call_command("import_npi", str(report))
    assert capsys.readouterr()[1].splitlines() == [
        f"  Led Clinic: NPI {npi(9)} was deactivated on 2026-01-21.",
        f"  Struck Clinic: NPI {clinic.npi} was deactivated on 2026-01-20.",
    ]
    page = signed_in(make_user("operator")).get("/operator/credentials/").content.decode()
    assert [name for name in ("Struck Clinic", "Led Clinic", "Sound Clinic") if name in page] == [
        "Struck Clinic",
        "Led Clinic",
    ]
    back = provider(clinic.npi, updated="02/01/2026", deactivated="01/20/2026", reactivated="02/01/2026")
    with acting_as(OPERATOR):
        archive(clinic_id=Clinic.objects.get(name="Led Clinic").pk, now=now)
    call_command("import_npi", str(published(tmp_path, as_csv([back]))))
    assert capsys.readouterr()[1] == ""


def test_the_same_bytes_again_do_nothing_and_with_all_something(db: None, tmp_path: Path, now: datetime) -> None:
    path = published(tmp_path, as_csv([provider(ONE), provider(TWO, taxonomy=DENTISTRY)]))
    first, is_new = bring(path, now)
    again, is_new_again = bring(path, now)
    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    bring(path, now, has_everyone=True)
    assert set(records()) == {ONE, TWO}


def test_newer_news_are_taken_and_older_are_not(db: None, tmp_path: Path, now: datetime) -> None:
    bring_rows(tmp_path, now, provider(ONE, city="ALBANY", updated="01/05/2026"))
    bring_rows(tmp_path, now, provider(ONE, city="BUFFALO", updated="01/12/2026"))
    bring_rows(tmp_path, now, provider(ONE, city="YONKERS", updated="01/01/2026"))
    assert look_up(ONE).city == "BUFFALO"


def test_somebody_known_is_followed_into_another_trade(db: None, tmp_path: Path, now: datetime) -> None:
    bring_rows(tmp_path, now, provider(ONE, updated="01/05/2026"))
    bring_rows(tmp_path, now, provider(ONE, updated="01/12/2026", taxonomy=DENTISTRY))
    assert look_up(ONE).taxonomies == (DENTISTRY,)


def test_a_deactivation_marks_and_a_reactivation_unmarks(db: None, tmp_path: Path, now: datetime) -> None:
    bring_rows(tmp_path, now, provider(ONE))
    bring(deactivation_report(tmp_path, [(ONE, "01/20/2026")]), now)
    marked = look_up(ONE)
    assert (marked.is_active, marked.deactivated_on, marked.name) == (False, date(2026, 1, 20), "QUIÑONES, ANA")
    bring_rows(tmp_path, now, provider(ONE, updated="02/01/2026", deactivated="01/20/2026", reactivated="02/01/2026"))
    assert look_up(ONE).is_active
    bring(deactivation_report(tmp_path, [(ONE, "01/20/2026"), (TWO, "01/01/2020")]), now)
    assert look_up(ONE).is_active


def test_a_number_twice_in_a_file_is_its_newest_row_with_every_mark(db: None, tmp_path: Path, now: datetime) -> None:
    rows = [provider(ONE, city="OLD", updated="01/01/2025"), gone(ONE, "01/20/2026"), provider(ONE, city="NEW")]
    bring_rows(tmp_path, now, *rows)
    assert (look_up(ONE).city, look_up(ONE).is_active) == ("NEW", False)


days = st.dates(date(2024, 1, 1), date(2026, 1, 1)).map(lambda day: f"{day:%m/%d/%Y}")


@st.composite
def some_rows(draw: Any) -> list[list[str]]:
    """A few rows about three providers; what one says on a day is always the same."""
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        npi, day = draw(st.sampled_from([ONE, TWO, THREE])), draw(days)
        back = draw(st.sampled_from(["", day]))
        is_gone = draw(st.booleans())
        rows.append(gone(npi, day) if is_gone else provider(npi, updated=day, city=f"ON {day}", reactivated=back))
    return rows


@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(some_rows(), min_size=2, max_size=3, unique_by=str))
def test_the_order_of_files_does_not_matter(db: None, tmp_path: Path, now: datetime, files: Any) -> None:
    """Of providers who matter all along: what is known in the end is the same, whatever came first and how often."""
    ends = []
    for order in permutations(files):
        with transaction.atomic():
            for rows in (*order, order[0]):
                bring_rows(tmp_path, now, *rows)
            ends.append(records())
            transaction.set_rollback(True)
    assert all(end == ends[0] for end in ends)


def test_nothing_is_written_that_would_stay_the_same(db: None, tmp_path: Path, now: datetime) -> None:
    bring_rows(tmp_path, now, provider(ONE))
    before = places()
    bring_rows(tmp_path, now, provider(ONE), provider(TWO))
    assert places()[ONE] == before[ONE]


def places() -> dict[str, str]:
    """Where each row lies: an UPDATE moves it."""
    with acting_as(WORKER):
        return dict(NpiRecord.objects.extra(select={"place": "ctid::text"}).values_list("npi", "place"))


def test_a_file_that_breaks_in_the_middle_leaves_nothing(db: None, tmp_path: Path, now: datetime) -> None:
    path = published(tmp_path, as_csv(many(3_000)))
    spoiled = bytearray(path.read_bytes())
    spoiled[len(spoiled) * 3 // 4] ^= 0xFF
    path.write_bytes(spoiled)
    with pytest.raises(CommandError, match=r"nothing was imported.*download it again"):
        call_command("import_npi", str(path))
    assert records() == {}
    with acting_as(WORKER):
        assert not RegistryFile.objects.exists()


def test_a_file_that_cannot_be_read_says_what_to_do(db: None, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_npi", str(tmp_path / "none.zip"))


def test_of_the_same_file_twice_at_once_one_is_imported(committed_db: str, tmp_path: Path, now: datetime) -> None:
    path = published(tmp_path, as_csv(many(500)))
    results = at_once(*[lambda: bring(path, now)] * 3)
    assert sorted(is_new for _, is_new in results) == [False, False, True]
    assert len(records()) == 500


def test_two_files_at_once_do_not_wait_for_each_other_for_ever(
    committed_db: str, tmp_path: Path, now: datetime
) -> None:
    rows = list(many(400))
    forward, backward = published(tmp_path, as_csv(rows)), published(tmp_path, as_csv(reversed(rows)))
    results = at_once(lambda: bring(forward, now), lambda: bring(backward, now))
    assert [is_new for _, is_new in results] == [True, True]
    assert len(records()) == 400


def test_killed_in_the_middle_it_leaves_nothing_and_runs_again(
    committed_db: str, tmp_path: Path, now: datetime
) -> None:
    """SIGKILL when a part of its rows is in PostgreSQL and the rest is to come."""
    path = published(tmp_path, as_csv(many(2_000)))
    argv = [sys.executable, "-c", _HELD, str(path)]
    with subprocess.Popen(
        argv, env=environment(), cwd=Path.cwd(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"held\n"
        program.send_signal(signal.SIGKILL)
    assert records() == {}
    assert bring(path, now)[1]
    assert len(records()) == 2_000


# The command's own code, held after the second block until it is killed.
_HELD = """
import django, pathlib, sys
django.setup()
from referrals.npi_registry import services
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
services._BLOCK, blocks = 200, services._blocks
def held(lines):
    for number, block in enumerate(blocks(lines)):
        if number == 2:
            print("held", flush=True)
            sys.stdin.read()
        yield block
services._blocks = held
with acting_as(WORKER):
    services.import_file(pathlib.Path(sys.argv[1]), has_everyone=True, now=clock.now())
"""


def environment() -> dict[str, str]:
    """The environment of a process that works on this test's database."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings.DATABASES['default']['NAME']}").geturl()
    return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.mark.parametrize(
    ("npi", "state", "words"),
    [
        (ONE, "NY", []),
        (ONE, "CA", ["registered in NY, not in CA"]),
        (TWO, "NY", ["was deactivated on 2020-02-03"]),
        (THREE, "NY", ["is not in the NPI registry"]),
    ],
)
def test_a_clinics_number_is_checked_softly(
    db: None, tmp_path: Path, now: datetime, npi: str, state: str, words: list[str]
) -> None:
    bring_rows(tmp_path, now, provider(ONE), gone(TWO, "02/03/2020"))
    with acting_as(Actor(role=Role.OPERATOR)):
        warnings = warnings_about({npi: state}).get(npi, [])
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


def test_another_trade_is_pointed_out(db: None, tmp_path: Path, now: datetime) -> None:
    bring_rows(tmp_path, now, provider(ONE, taxonomy=DENTISTRY), has_everyone=True)
    with acting_as(Actor(role=Role.OPERATOR)):
        assert warnings_about({ONE: "NY"}) == {ONE: [f"{ONE} is registered for other work: {DENTISTRY}."]}


def test_before_anything_was_imported_nothing_is_said(db: None) -> None:
    with acting_as(Actor(role=Role.OPERATOR)):
        assert warnings_about({ONE: "NY"}) == {}


def test_the_list_of_taxonomies_is_one_of_codes() -> None:
    codes = relevant_codes()
    assert PSYCHIATRY.encode() in codes
    assert len(codes) == 41
    assert all(len(code) == 10 and code.isalnum() and code.endswith(b"X") for code in codes)

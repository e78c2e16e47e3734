"""The generated client works at a real server, by the example that shows its use.

Part of `make check` (check-client) and not of `make test`: generating it takes longer than all tests beside it.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from tests.browser import serving
from tests.factories.benefits import activate, make_employer, make_member, make_plan, signed_in
from tests.factories.clinic_access import make_key
from tests.factories.referrals import make_clinic

ROOT = Path(__file__).parents[3]
CLIENT = os.environ.get("CLIENT", "")  # the folder of a client that was generated
EXAMPLE = ROOT / "docs" / "examples" / "accept_test_offer.py"


@pytest.mark.skipif(not CLIENT, reason="needs a generated client: make check-client")
def test_the_example_lists_the_directory_and_accepts_a_test_offer(committed_db: str, settings: Any) -> None:
    clinic = make_clinic()
    employer = make_employer()
    make_plan(employer.pk)
    member = signed_in(activate(make_member(employer.pk, postal_code="10025", state="NY")))
    with serving(settings) as address:
        said = {
            "BENEFIT": address,
            "KEY": make_key(clinic.pk, "sandbox:use"),
            "SESSION": f"{(name := project.SESSION_COOKIE_NAME)}={member.cookies[name].value}",
            "PYTHONPATH": str((ROOT / CLIENT).resolve()),
            "NO_PROXY": "*",
        }
        ran = subprocess.run([sys.executable, EXAMPLE], env=said, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [f"near 10025: {clinic.name}", "the test offer: accepted"]

"""The clinics' simulator as the other side, and endpoints that it has."""

import httpx
import pytest

from tests.simulators.running import running
from tests.workers.deliveries.acting import OPERATOR
from workers.deliveries.queueing import register_endpoint
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory):
    return tmp_path_factory.mktemp("clock") / "offset"


@pytest.fixture(scope="module")
def clinics_url(clock_file):
    with running("clinics", "--port", "0", "--clock-file", str(clock_file)) as [url]:
        yield url


@pytest.fixture(autouse=True)
def shared_clock(clock_file, settings):
    """Our clock and the clinics' are moved together, as in the local stack."""
    settings.CLOCK_FILE = str(clock_file)


@pytest.fixture
def clinic(clinics_url, committed_db):
    """A function that registers a clinic of a behaviour with both sides, and returns our endpoint."""

    def register(behaviour="silent", *, secret=None, **settings):
        key = f"c{new_id().hex}"
        with acting_as(OPERATOR):
            endpoint = register_endpoint(owner_id=new_id(), url=f"{clinics_url}/clinics/{key}/webhooks", **settings)
        body = {
            "key": key,
            "behaviour": behaviour,
            "signing_secret": secret or endpoint.signing_secrets[0],
            "inbound_secret": endpoint.inbound_secrets[0],
            "answer_url": f"{clinics_url}/control/health",
        }
        httpx.post(f"{clinics_url}/control/clinics", json=body).raise_for_status()
        return endpoint

    return register

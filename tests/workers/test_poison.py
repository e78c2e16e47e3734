"""An address that nothing can be posted to is not registered, and one that slipped in fails by itself."""

import pytest

from tests.workers.deliveries.sending_one import post
from workers.deliveries.queueing import BadEndpointUrl, register_endpoint
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id

URLS = ["https://[::1", "https://x.example:abc/", "https://x.example:99999/", "https://a\0b/"]


@pytest.mark.parametrize("url", URLS)
def test_an_address_that_cannot_be_posted_to_is_not_registered(db, url):
    with acting_as(Actor(role=Role.OPERATOR)), pytest.raises(BadEndpointUrl):
        register_endpoint(owner_id=new_id(), url=url)


@pytest.mark.parametrize("url", URLS)
def test_an_address_that_cannot_be_posted_to_fails_by_itself(url):
    assert post(url, headers={}, body=b"").status_code is None

"""The code that a clinic copies from the page verifies what we send, and nothing else."""

import base64
import hashlib
import hmac
import json
import runpy
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from workers import deliveries
from workers.deliveries.signing import for_receiver, headers, new_key, new_secret, signer
from workers.deliveries.verification import samples_of
from workers.kernel import clock

DATA = Path(deliveries.__file__).parent / "data"
BODY = '{"type": "endpoint.test", "data": {"é": 1}}'.encode()
NODE = """import { verify } from "./verify.mjs";
for (const [body, headers, secret] of JSON.parse(process.argv[2]))
  console.log(verify(Buffer.from(body, "base64"), headers, secret));"""
PHP = """<?php require 'verify.php';
foreach (json_decode($argv[1], true) as [$body, $headers, $secret])
    echo verify(base64_decode($body), $headers, $secret) ? "true" : "false", "\\n";"""


def cases(signing):
    """(body, headers, secret, whether it is ours): signed alone, beside a former secret, and what is not ours."""
    make = new_secret if signing == "hmac" else new_key
    key, former = make(), make()
    now = clock.real_now()

    def signed(*keys, at=now):
        return headers("msg_1", at=at, body=BODY, signers=[signer(one) for one in keys])

    ours = signed(key)
    return [
        (BODY, ours, for_receiver(key), True),
        (BODY, signed(former, key), for_receiver(key), True),
        (BODY.replace(b"1", b"2"), ours, for_receiver(key), False),
        (BODY, ours | {"webhook-id": "msg_2"}, for_receiver(key), False),
        (BODY, signed(former), for_receiver(key), False),
        (BODY, signed(key, at=now - timedelta(minutes=6)), for_receiver(key), False),
        (BODY, ours | {"webhook-signature": "v1,AAAA v1a,AAAA nonsense"}, for_receiver(key), False),
        (BODY, {}, for_receiver(key), False),
    ]


@pytest.mark.parametrize("signing", ["hmac", "ed25519"])
def test_the_python_sample_verifies_what_we_send_and_nothing_else(signing):
    verify = runpy.run_path(str(DATA / f"verify_{signing}.py.txt"))["verify"]
    for body, sent, secret, is_ours in cases(signing):
        assert verify(body, sent, secret) is is_ours


@pytest.mark.parametrize(("code", "program", "script"), [("mjs", "node", NODE), ("php", "php", PHP)])
@pytest.mark.parametrize("signing", ["hmac", "ed25519"])
def test_the_other_samples_do_where_their_language_is_installed(tmp_path, signing, code, program, script):
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    made = cases(signing)
    (tmp_path / f"verify.{code}").write_text((DATA / f"verify_{signing}.{code}.txt").read_text())
    (tmp_path / f"run.{code}").write_text(script)
    told = json.dumps([(base64.b64encode(body).decode(), sent, secret) for body, sent, secret, _ in made])
    ran = subprocess.run([program, f"run.{code}", told], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["true" if is_ours else "false" for *_, is_ours in made]


def test_the_recipe_on_the_page_is_how_we_sign():
    """Step by step as the page says it, for whoever writes it in another language."""
    secret = new_secret()
    sent = headers("msg_1", at=clock.real_now(), body=BODY, signers=[signer(secret)])
    signed = sent["webhook-id"].encode() + b"." + sent["webhook-timestamp"].encode() + b"." + BODY
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert sent["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    for _, name, source in samples_of("hmac"):
        assert "webhook-id" in source, name
        assert "sha256" in source, name

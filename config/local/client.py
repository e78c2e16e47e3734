"""A typed Python client for clinics and HR systems, generated from the OpenAPI document into `.local/client/`.

It is not committed (docs/decisions/0023-client-is-generated.md).
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.local.failures import CannotStart
from config.local.state import PROJECT, State
from config.local.virtualenvs import python_of

GENERATOR = "openapi-python-client"
PACKAGE = "benefit_client"
BYTES = "application/octet-stream"
_SETTINGS = {
    "project_name_override": PACKAGE.replace("_", "-"),
    "package_name_override": PACKAGE,
    "content_type_overrides": {"application/edi-x12": "text/plain"},  # an acknowledgment is read as text
}


def generate(state: State, environment: Mapping[str, str]) -> Path:
    """Write the client anew and return its folder, an installable project. Raises CannotStart, also for a warning."""
    python = Path(python_of(GENERATOR, state))
    folder = state.folder / "client"
    document, settings = state.folder / "openapi.json", state.folder / "client.json"
    _run([sys.executable, "manage.py", "spectacular", "--format", "openapi-json", "--file", document], environment)
    document.write_text(json.dumps(_with_files(json.loads(document.read_text()))))
    settings.write_text(json.dumps(_SETTINGS))
    options = ["--path", document, "--config", settings, "--output-path", folder, "--overwrite", "--fail-on-warning"]
    path = {"PATH": f"{python.parent}{os.pathsep}{environment['PATH']}"}  # of its formatter
    _run([python.with_name(GENERATOR), "generate", "--meta", "setup", *options], {**environment, **path})
    return folder


def _with_files(node: Any) -> Any:
    """The document, with OpenAPI 3.0's word for an uploaded file beside 3.1's: the generator reads only the former."""
    if isinstance(node, list):
        return [_with_files(one) for one in node]
    if not isinstance(node, dict):
        return node
    also = {"format": "binary"} if node.get("contentMediaType") == BYTES else {}
    return {name: _with_files(one) for name, one in node.items()} | also


def _run(command: list[Any], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"The client could not be generated.\n{done.stdout}{done.stderr}".strip())

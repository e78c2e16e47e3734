"""The built-in programmes: in force wherever no operator has saved another one."""

import json
from collections.abc import Mapping
from pathlib import Path

from billing.sliding_scale.rules.bands import Band, Programme, check_bands

_FILE = Path(__file__).parents[1] / "data" / "programmes.json"


def _read() -> Mapping[str, Programme]:
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        code: _programme(code, entry["version"], tuple(Band(**band) for band in entry["bands"]))
        for code, entry in raw.items()
    }


def _programme(code: str, version: str, bands: tuple[Band, ...]) -> Programme:
    check_bands(bands)
    return Programme(code=code, version=f"{code}/{version}", bands=bands)


BUILT_IN = _read()

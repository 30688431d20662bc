"""A page of the log open in Chromium, whose modules tests drive with bytes of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from api.static import statics

JUDGE = """async ([path, places, vkey, since]) => {
  const whole = document.getElementById("zip").files[0];
  const {verify} = await import(path + "exportverifier.js");
  const {Folder} = await import(path + "container.js");
  const files = places?.map(([name, start, size]) => [name, whole.slice(start, start + size)]);
  return verify(files ? new Folder(files) : whole, {vkey, since});
}"""


def module(name: str) -> str:
    """Return the address of a script."""
    return statics()[name].address


def judged(page: Page, export: bytes | Mapping[str, bytes], vkey: str = "", since: str = "") -> Any:
    """Return the browser's report on an export, a ZIP or files, which reach it by way of the disk."""
    whole, places = _laid_out(export) if isinstance(export, Mapping) else (export, None)
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(whole)
        file.flush()
        page.locator("#zip").set_input_files(file.name)
        path = module("exportverifier.js").removesuffix("exportverifier.js")
        return page.evaluate(JUDGE, [path, places, vkey, since])


def _laid_out(files: Mapping[str, bytes]) -> tuple[bytes, list[tuple[str, int, int]]]:
    """Return the files one after the other, and where each of them is."""
    places, start = list[tuple[str, int, int]](), 0
    for name, content in files.items():
        places.append((name, start, len(content)))
        start += len(content)
    return b"".join(files.values()), places


def kinds(report: Any) -> dict[str, int]:
    """Return how many findings there are of each kind."""
    return {item["kind"]: item["count"] for item in report["findings"]}

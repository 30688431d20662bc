"""A page of the log open in Chromium, whose modules tests drive with bytes of their own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from api.static import statics

JUDGE = """async ([path, zip, files, vkey, since]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const {verify} = await import(path + "exportverifier.js");
  const {Folder} = await import(path + "container.js");
  const source = zip === null
    ? new Folder(files.map(([name, text]) => [name, new File([bytes(text)], "x")]))
    : new File([bytes(zip)], "export.zip");
  return verify(source, {vkey, since});
}"""


def module(name: str) -> str:
    """Return the address of a script."""
    return statics()[name].address


def judged(page: Page, export: bytes | Mapping[str, bytes], vkey: str = "", since: str = "") -> Any:
    """Return the browser's report on an export, a ZIP or files."""
    path = module("exportverifier.js").removesuffix("exportverifier.js")
    encoded = None if isinstance(export, Mapping) else base64.b64encode(export).decode()
    files = [
        [name, base64.b64encode(data).decode()]
        for name, data in (export.items() if isinstance(export, Mapping) else ())
    ]
    return page.evaluate(JUDGE, [path, encoded, files, vkey, since])


def kinds(report: Any) -> dict[str, int]:
    """Return how many findings there are of each kind."""
    return {item["kind"]: item["count"] for item in report["findings"]}

"""Filling in the forms of the pages as a person would, whatever action they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from api.pages.fields import Field, fields_of
from api.pages.filled import values_of


def fill_in(page: Page, action: str, said: Mapping[str, Any]) -> None:
    """Fill in the form that is open, with one more row of each list as often as that is needed."""
    _add_rows(page, fields_of(action), said)
    page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    for name, text in values_of(fields_of(action), said).items():
        field = page.locator(f'form.sheet [name="{name}"]')
        if field.evaluate("it => it.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def record(page: Page, room: str, action: str, said: Mapping[str, Any]) -> None:
    """Open the form of an action, fill it in, look at what it will record, and record it."""
    page.goto(f"{room}/act/{action}")
    fill_in(page, action, said)
    page.get_by_role("button", name="Show what will be recorded").click()
    expect(page.get_by_role("heading", name="This will be recorded")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Record it").click()
    expect(page.locator("#recorded")).to_be_visible()


def _add_rows(page: Page, fields: tuple[Field, ...], said: Mapping[str, Any]) -> None:
    for field in fields:
        told = said.get(field.name)
        if field.kind == "rows" and told:
            for _ in range(len(told) - 1):
                with page.expect_navigation():
                    page.locator(f'button[value="add:{field.name}"]').evaluate("it => it.click()")

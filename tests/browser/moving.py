"""Cards carried by the mouse, as a hand does: down, a little, over, up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def lift(page: Page, card: Locator) -> None:
    """Take a card at its edge and move it a little."""
    start = card.bounding_box()
    assert start is not None
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] - 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y + 8, steps=4)


def carry(page: Page, card: Locator, target: Locator) -> None:
    """Move a card into a column, or over a card in it, and let it go."""
    lift(page, card)
    end = target.bounding_box()
    assert end is not None
    below = min(end["height"] - 20, 140)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + below, steps=15)
    expect(page.locator(".ck-col.is-target")).to_have_count(1)
    page.mouse.up()


def drop_on(page: Page, card: Locator, zone: str) -> None:
    """Move a card to the zone that wins or loses it, and let it go."""
    lift(page, card)
    end = page.locator(f"#drops [data-drop={zone}]").bounding_box()
    assert end is not None
    middle = end["x"] + end["width"] / 2, end["y"] + end["height"] / 2
    page.mouse.move(*middle, steps=15)
    expect(page.locator(f"#drops [data-drop={zone}].is-over")).to_have_count(1)
    page.mouse.up()

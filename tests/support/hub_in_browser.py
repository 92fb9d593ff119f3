"""What is asked of each page that units and officers open in a browser."""

from __future__ import annotations

from playwright.sync_api import Page


def fits(page: Page) -> None:
    """Nothing is wider than the screen, and what is touched is as high as a finger is wide."""
    assert page.viewport_size is not None
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url
    small = page.evaluate(
        "[...document.querySelectorAll('form input, form button, form textarea')].filter("
        "e => !['checkbox', 'hidden'].includes(e.type) && e.offsetParent && e.offsetHeight < 38)"
        ".map(e => e.name || e.innerText)"
    )
    assert small == [], page.url

"""Headless Chromium that waits as long as any other test, however busy the machine is.

`SLOW_BROWSER=1` makes it a slow one, which shows what a test does before a page is ready for it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import programs
from tests.patience import PATIENCE

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=1000 * PATIENCE)


@contextmanager
def open_chromium(*flags: str) -> Iterator[Browser]:
    """Start Chromium with these flags besides FLAGS; playwright runs as long."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=programs.chromium(), args=[*FLAGS, *flags], timeout=1000 * PATIENCE
        )
        browser.on("context", _prepare)
        yield browser
        browser.close()


def _prepare(context: BrowserContext) -> None:
    context.set_default_timeout(1000 * PATIENCE)
    if os.environ.get("SLOW_BROWSER"):
        context.on("page", _slow_down)


def _slow_down(page: Page) -> None:
    """Let every answer of a server come 0.7 seconds late, and scripts take four times as long."""
    session = page.context.new_cdp_session(page)
    network = {"latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {"offline": False, **network})
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})

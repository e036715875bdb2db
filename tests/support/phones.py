"""A telephone of somebody's: a Chromium whose profile lives on disk, so that it can be killed and switched on again."""

import os
import signal
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, CDPSession, Locator, Page, expect

from tests.support.browser import ARGUMENTS, PHONE
from tests.support.network import Network

HEIGHT = 740
ROOM = 4 << 20  # bytes that the site may keep


class Phone:
    """Opens pages through a network. ``page`` is the one in front."""

    page: Page
    context: BrowserContext

    def __init__(self, chromium: BrowserType, executable: str, profile: Path, network: Network) -> None:
        self._chromium, self._executable, self._profile, self.network = chromium, executable, profile, network
        self.complaints: list[str] = []
        self.switch_on()

    def switch_on(self) -> None:
        """Start the browser with whatever the profile holds."""
        self.context = self._chromium.launch_persistent_context(
            self._profile,
            executable_path=self._executable,
            args=list(ARGUMENTS),
            base_url=self.network.url,
            viewport={"width": PHONE, "height": HEIGHT},
            has_touch=True,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(10_000)
        self.context.on("page", self._listen)
        self.page = self.context.pages[0]
        self._listen(self.page)
        self._devtools: CDPSession = self.context.new_cdp_session(self.page)
        self.room(ROOM)

    def kill(self) -> None:
        """SIGKILL the browser and all its processes, with no chance to write anything down."""
        os.killpg(self._group(), signal.SIGKILL)
        self.context.close()

    def close(self) -> None:
        self.context.close()

    def airplane(self, is_on: bool) -> None:
        """Switch the network of the phone itself off or on; the page is told."""
        self.context.set_offline(is_on)

    def carry(self, name: str, value: str) -> None:
        """Keep a cookie."""
        self.context.add_cookies([{"name": name, "value": value, "url": self.network.url}])

    def room(self, size: int) -> None:
        """Let the site keep so many bytes. Chromium obeys at once when it has not written yet, or when it is more."""
        self._devtools.send("Storage.overrideQuotaForOrigin", {"origin": self.network.url, "quotaSize": size})

    def wipe(self, kinds: str = "indexeddb") -> None:
        """Take what the site stored away, behind its back, as a phone that is short of room does."""
        self._devtools.send("Storage.clearDataForOrigin", {"origin": self.network.url, "storageTypes": kinds})

    def find_network(self) -> None:
        """Come back to where the server answers, and notice."""
        self.network.up()
        self.page.evaluate("dispatchEvent(new Event('online'))")

    # What its owner does and sees

    def open(self, path: str = "/needs/new") -> Page:
        self.page.goto(path)
        return self.page

    def new_tab(self, path: str = "/needs/new") -> Page:
        self.page = self.context.new_page()
        return self.open(path)

    @property
    def waiting(self) -> Locator:
        """What the page says still waits on this phone."""
        return self.page.locator("#outbox [data-items] > li")

    def press(self, act: str) -> None:
        """Press a button of the outbox that is about all of it: flush, forget. It may be going away just now."""
        self.page.locator(f'#outbox [data-act="{act}"]').first.evaluate("(button) => button.click()")

    def expect_waiting(self, count: int) -> None:
        """Wait until so many needs wait, in the storage and on the page."""
        self.page.evaluate(
            """async (count) => {
                const until = performance.now() + 10_000
                const isSo = async () => (await outbox.list()).length === count
                while (!(await isSo()) && performance.now() < until) await new Promise((done) => setTimeout(done, 20))
            }""",
            count,
        )
        expect(self.waiting).to_have_count(count)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error.stack}"))

    def _group(self) -> int:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                is_ours = f"--user-data-dir={self._profile}" in command.read_text().split("\0")
            except OSError:
                continue
            if is_ours:
                return os.getpgid(int(command.parent.name))
        raise AssertionError("the browser does not run")

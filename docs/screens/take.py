"""Takes the pictures of this folder: every screen of a console in use, at desktop and phone width.

    make screens
    make screens SCREENS_ARGS="--theme light --locale pt-BR --to /tmp/screens"

starts a console over a home of its own, does a few hours' work in it, and photographs each screen in a real browser.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402 - the root must be on the path first
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from console import presets, screens, sessions, users  # noqa: E402
from console.server import prepare_home  # noqa: E402
from console.users import Role, User  # noqa: E402
from etl_batch.config import build_config  # noqa: E402
from etl_batch.demo import write_sales_binary, write_sales_csv  # noqa: E402
from etl_batch.ui.shared.palette import THEMES  # noqa: E402
from tests.browser.conftest import CHROMIUMS, Server, free_port  # noqa: E402

WIDTHS = {"desktop": 1440, "phone": 390}
TALLEST = {"desktop": 1500, "phone": 2200}
COLOURS = 128
ENGINE = ROOT / "etl_batch" / "etl_core.py"


def engine(home: Path, *arguments: object) -> None:
    """One run from the command line; its failures belong to the picture."""
    command = [sys.executable, str(ENGINE), *map(str, arguments), "--quiet", "--user", "ada"]
    subprocess.run(command, env=os.environ | {"ETL_HOME": str(home)}, capture_output=True, check=False)


def work(home: Path) -> User:
    """People, inputs, runs of every outcome and a preset."""
    prepare_home(home)
    ada = users.create(home, "ada", Role.SUPER_ADMIN, "correct horse battery", by="setup")
    users.create(home, "grace", Role.OPERATOR, "correct horse battery", by="ada")
    users.create(home, "edgar", Role.VIEWER, "correct horse battery", by="ada")
    data, output = home / "data", home / "output"
    write_sales_binary(data / "sales.bin", 357_142, seed=1)
    write_sales_csv(data / "sales_dirty.csv", 30_000, seed=2, dirt=True)
    write_sales_csv(data / "2026" / "november.csv", 20_000, seed=3)
    engine(home, "-i", data / "sales_dirty.csv", "-o", output / "strict.csv", "--max-rejects", 3)
    engine(home, "-i", data / "sales_dirty.csv", "-o", output / "clean.csv", "--sample-frac", 0.05)
    for seed in (1, 2, 3):
        engine(home, "-i", data / "sales.bin", "-o", output / "sales.csv", "--sample-frac", 0.05, "--seed", seed)
    config = {"inputs": (str(data / "sales.bin"),), "output_csv": output / "sales.csv", "home": home}
    presets.save(home, "Sales of the day", build_config(config), ada)
    return ada


def photograph(page: Page, name: str, size: str, folder: Path) -> None:
    """One screen, as tall as what it shows, in few colours so that the repository stays small."""
    page.set_viewport_size({"width": WIDTHS[size], "height": 900})
    page.get_by_role("heading", level=1).first.wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.wait_for_load_state("networkidle")
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 900")
    page.set_viewport_size({"width": WIDTHS[size], "height": min(max(height, 700), TALLEST[size])})
    page.wait_for_timeout(800)  # charts draw themselves anew at the new size
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}-{size}.png", optimize=True)


def main() -> None:
    """Work, then photograph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--theme", choices=THEMES, default="dark")
    parser.add_argument("--locale", default="en-US", help="what the browser wishes for, such as pt-BR")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder of the pictures")
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ada = work(home)
        server = Server([sys.executable, "app.py"], ROOT, ETL_HOME=str(home), PORT=str(free_port()))
        try:
            address = server.wait_for(r"(http://127\.0\.0\.1:\d+)$")
            cookie = {"name": sessions.COOKIE, "value": sessions.start(home, ada, "127.0.0.1"), "url": address}
            with sync_playwright() as playwright:
                path = next(filter(None, map(shutil.which, CHROMIUMS)))
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
                for size, width in WIDTHS.items():
                    context = browser.new_context(
                        viewport={"width": width, "height": 900}, locale=asked.locale, color_scheme=asked.theme
                    )
                    context.add_cookies([cookie])
                    page = context.new_page()
                    for screen in screens.NAVIGATION:
                        page.goto(f"{address}/{'' if screen.name == 'home' else screen.name}")
                        photograph(page, screen.name, size, asked.to)
                browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()

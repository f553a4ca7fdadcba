"""The page in a real browser: it obeys its own policy, complains of nothing, fits wide and narrow screens."""

import re
import shutil
import struct
import subprocess
from datetime import date
from html import escape, unescape
from pathlib import Path

import pytest
from summaries import DAY, result, summary
from test_page import HOSTILE, evidence

from pipeline import pages
from pipeline.render.html import kpi_html
from pipeline.render.index import Entry, index_html
from pipeline.summary import Verdict, Window

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or "chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
)


def chromium(tmp_path, *args):
    """Run Chromium with a profile of its own; return what it printed: stdout, and the page's console."""
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *FLAGS, profile, *args], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture
def page(tmp_path):
    names = ("client_time_use_eligible", "client_time_use_all", "fallback_rate", "skew_over_1h_share")
    judged = [result(name, 0.5, 1000, before=0.4) for name in names]
    judged += [result("api_error_rate", 0.05, 6000), result("memo_create_p99", None, 100)]
    file = tmp_path / "kpi.html"
    for name in ("2025-06-19", "2025-06-21", "2025-06-20-week", "2025-06-20-month"):
        pages.publish(tmp_path / name, {"kpi.html": ""})
    around = pages.links_of(tmp_path, Window.DAY, DAY.date, "ko")
    file.write_text(kpi_html(summary(*judged), evidence(HOSTILE[0]), "ko", around), encoding="utf-8")
    return file


def test_the_browser_keeps_the_page_as_it_is_and_its_console_stays_empty(page, tmp_path):
    dom, console = chromium(tmp_path, "--dump-dom", page.as_uri())
    assert console == []
    assert "<script" not in dom
    assert dom.count("<article") == page.read_text(encoding="utf-8").count("<article") == 6


def test_a_policy_that_does_not_know_the_style_would_be_told(page, tmp_path):
    """The test above can fail: one wrong byte of style and the console speaks."""
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("<style>", "<style> "), encoding="utf-8")
    _, console = chromium(tmp_path, "--dump-dom", page.as_uri())
    assert any("Content Security Policy" in line for line in console)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_drawn_and_nothing_is_wider_than_the_screen(page, tmp_path, width):
    """In a frame of that width: a headless window is never narrower than 500 pixels."""
    measure = "document.title = frames[0].document.documentElement.scrollWidth"
    text = re.sub("<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    around = tmp_path / "around.html"
    around.write_text(
        f'<!doctype html><title></title><body style="margin:0"><iframe width="{width}" height="900" '
        f'style="border:0" srcdoc="{escape(text)}" onload="{measure}"></iframe>',
        encoding="utf-8",
    )
    picture = tmp_path / "page.png"
    dom, _ = chromium(
        tmp_path, "--dump-dom", f"--screenshot={picture}", "--window-size=1280,900", around.as_uri()
    )
    assert int(re.search(r"<title>(\d+)</title>", dom)[1]) == width
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == (1280, 900)
    assert len(data) > 20_000, "an empty picture is smaller"


AXE = Path(__file__).parent.parent / "build" / "axe" / "axe.min.js"
REPORT = """
<script src="{axe}"></script>
<script>
document.title = "waiting";
axe.run(document, {{ resultTypes: ["violations"] }}).then(found => {{
  const told = found.violations.map(one => [one.id, one.nodes.map(node => node.html)]);
  document.title = "axe: " + JSON.stringify(told);
}});
</script>
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["page", "index"])
def test_axe_finds_nothing(page, tmp_path, kind, dark):
    """The rules that a machine can check, contrast among them: https://github.com/dequelabs/axe-core."""
    assert AXE.is_file(), f"{AXE} is missing: `.ci/run` fetches it"
    text = page.read_text(encoding="utf-8")
    if kind == "index":
        entries = [
            Entry(window, date(2025, 6, n), verdict, "x.html", is_provisional=n == 1, is_revised=n == 2)
            for window in Window
            for n, verdict in enumerate(Verdict, start=1)
        ]
        text = index_html(entries, "ko")
    text = re.sub("<meta http-equiv[^>]*>", "", text).replace("<details", "<details open")
    if dark:
        text = text.replace("@media (prefers-color-scheme: dark)", "@media all")
    file = tmp_path / "axe.html"
    file.write_text(text.replace("</body>", REPORT.format(axe=AXE.as_uri()) + "</body>"), encoding="utf-8")
    dom, _ = chromium(tmp_path, "--dump-dom", "--virtual-time-budget=20000", file.as_uri())
    assert unescape(re.search(r"<title>(.*?)</title>", dom, re.S)[1]) == "axe: []"

"""report.html in a browser: headless Chromium, where the machine has it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seqharness.comparison import Comparison
from seqharness_reports.html.writer import write

SHAPES = ["usual", "ten models", "bare", "translation", "tasks", "many", "labels", "hostile", "hostile probe",
          "hostile many", "ranked", "hostile ranked"]  # fmt: skip
WIDTHS = [360, 768, 1280, 2560]
OPEN = "for (const part of document.querySelectorAll('details')) part.open = true;"


webdriver = pytest.importorskip("selenium.webdriver", reason="the browser test needs selenium: pip install selenium")
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
if PROGRAM is None or DRIVER is None:
    pytest.skip(
        "the browser test needs Chromium and its driver: apt-get install chromium chromium-driver",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A driver of headless Chromium that finds no host."""
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAM
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chromium = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield chromium
    chromium.quit()


@pytest.fixture(scope="module")
def files(shapes: dict[str, Comparison], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports on disk, by shape."""
    folder = tmp_path_factory.mktemp("reports")
    return {shape: write(shapes[shape], folder / str(place))[0] for place, shape in enumerate(SHAPES)}


def see(browser: Any, file: Path, width: int = 1280, **media: str) -> None:
    """Open a file in a window of this many pixels, with colours and the like as the system would ask for them."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for log in ("browser", "performance"):
        browser.get_log(log)  # what earlier pages left
    browser.get(file.as_uri())


def requests(browser: Any) -> set[str]:
    """What the page asked for, data in its own text left out."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [message["params"]["request"]["url"] for message in messages
             if message["method"] == "Network.requestWillBeSent"]  # fmt: skip
    return {url for url in asked if not url.startswith("data:")}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_report_opens_from_disk_without_errors_or_requests_and_fits_every_width(
    browser: Any, files: dict[str, Path], shape: str
) -> None:
    for width in WIDTHS:
        see(browser, files[shape], width)
        browser.execute_script(OPEN)
        across, shown, room = browser.execute_script(
            "const page = document.scrollingElement; return [page.scrollWidth, page.clientWidth, innerWidth]"
        )
        assert across <= shown <= room == width
        assert requests(browser) == {files[shape].as_uri()}
        assert browser.get_log("browser") == []
    drawn = browser.execute_script("return [...document.querySelectorAll('svg')].map((one) => one.clientWidth)")
    assert all(width > 300 for width in drawn)


def cells(browser: Any, column: int, table: int = 0) -> list[str]:
    script = "return [...document.querySelectorAll('table')[arguments[0]].tBodies[0].rows]"
    return list(browser.execute_script(f"{script}.map((row) => row.cells[arguments[1]].textContent)", table, column))


def heads(browser: Any, table: int = 0) -> list[Any]:
    script = "return [...document.querySelectorAll('table')[arguments[0]].tHead.querySelectorAll('button')]"
    return list(browser.execute_script(script, table))


def order(browser: Any, table: int = 0) -> list[str | None]:
    script = "return [...document.querySelectorAll('table')[arguments[0]].tHead.rows[0].cells]"
    return list(browser.execute_script(f"{script}.map((head) => head.getAttribute('aria-sort'))", table))


def test_a_table_is_sorted_by_a_click_the_other_way_by_another_and_restored_by_a_third(
    browser: Any, files: dict[str, Path]
) -> None:
    see(browser, files["ten models"])
    original = cells(browser, 1)
    scores = [float(text.split()[0]) for text in original]
    button = heads(browser)[1]
    button.click()
    assert [float(text.split()[0]) for text in cells(browser, 1)] == sorted(scores, reverse=True)
    assert [way for way in order(browser) if way] == ["descending"]
    button.click()
    assert [float(text.split()[0]) for text in cells(browser, 1)] == sorted(scores)
    assert order(browser)[1] == "ascending"
    heads(browser)[0].click()
    assert cells(browser, 0) == sorted(cells(browser, 0), key=str.casefold)
    assert order(browser)[:2] == ["ascending", None]
    for _ in range(2):
        heads(browser)[0].click()
    assert cells(browser, 1) == original
    assert not any(order(browser))


def test_a_table_is_sorted_by_the_keyboard(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"])
    button = heads(browser)[1]
    browser.execute_script("arguments[0].focus()", button)
    for key in ("\ue007", " "):  # return and blank
        before = cells(browser, 1)
        button.send_keys(key)
        assert cells(browser, 1) == (before if key == "\ue007" else before[::-1])
    assert order(browser)[1] == "ascending"


def test_units_count_and_what_is_not_known_comes_last_either_way(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"])
    titles = browser.execute_script("return [...document.querySelector('thead tr').cells].map((c) => c.textContent)")
    parameters, flops = titles.index("parameters"), titles.index("FLOPs/token")
    button = heads(browser)[parameters]
    for wanted in (["1.10 M", "1.10 M", "8.11 k"], ["8.11 k", "1.10 M", "1.10 M"]):
        button.click()
        assert [text.replace("\u00a0", " ") for text in cells(browser, parameters)] == wanted
    for _ in range(2):
        heads(browser)[flops].click()
        assert cells(browser, flops)[0].replace("\u00a0", " ") == "6.30 M"
        assert set(cells(browser, flops)[1:]) == {"not counted", "–"}


GROUND = "return getComputedStyle(document.body).backgroundColor"
INK = "return getComputedStyle(document.querySelector('svg:not(.plate) [fill=\"#333333\"]')).fill"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 28)"


def test_colours_follow_the_system_until_a_reader_chooses_and_then_stay(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"], prefers_color_scheme="dark")
    assert browser.execute_script(GROUND) == DARK
    assert browser.execute_script(INK) == "rgb(223, 227, 232)"
    browser.find_element("css selector", "#theme input[value=light]").click()
    assert browser.execute_script(GROUND) == LIGHT
    assert browser.execute_script(INK) == "rgb(51, 51, 51)"
    browser.refresh()
    assert browser.execute_script(GROUND) == LIGHT
    browser.find_element("css selector", "#theme input[value=auto]").click()
    assert browser.execute_script(GROUND) == DARK
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.find_element("css selector", "html")
    assert browser.execute_script(GROUND) == LIGHT


def test_the_first_stop_of_the_tab_key_leads_past_the_contents(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"])
    browser.find_element("css selector", "body").send_keys("\ue004")
    link = browser.switch_to.active_element
    assert link.text == "Skip to the report"
    assert link.rect["y"] >= 0
    link.send_keys("\ue007")
    assert browser.switch_to.active_element.tag_name == "main"


def test_what_scrolls_can_be_reached_by_the_keyboard_and_nothing_else_stops_it(
    browser: Any, files: dict[str, Path]
) -> None:
    see(browser, files["usual"], 360)
    browser.execute_script(OPEN)
    browser.execute_async_script("const [done] = arguments; requestAnimationFrame(() => setTimeout(done))")
    found = browser.execute_script(
        "return [...document.querySelectorAll('.scroll, pre')].map((one) => "
        "[one.scrollWidth > one.clientWidth, one.tabIndex === 0])"
    )
    assert {tuple(pair) for pair in found} == {(True, True), (False, False)}


def test_on_paper_everything_is_open_and_afterwards_as_before(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"])
    count = "return document.querySelectorAll('main details:not([open])').length"
    before = browser.execute_script(count)
    assert before
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(count) == 0
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(count) == before


def test_without_script_the_report_is_whole(browser: Any, files: dict[str, Path]) -> None:
    see(browser, files["usual"])
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.refresh()
        assert not browser.find_element("css selector", "#theme").is_displayed()
        assert browser.find_element("css selector", "table").is_displayed()
        assert browser.find_element("css selector", "svg").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_policy_stops_what_someone_put_into_the_page(browser: Any, files: dict[str, Path], tmp_path: Path) -> None:
    added = '<img src="https://evil.example/x.png"><script>ran = true</script><p style="color: red" id="red">x</p>'
    file = tmp_path / "changed.html"
    file.write_text(files["usual"].read_text(encoding="utf-8").replace("</main>", f"{added}</main>"), encoding="utf-8")
    see(browser, file)
    assert browser.execute_script("return window.ran") is None
    assert browser.execute_script("return getComputedStyle(document.getElementById('red')).color") != "rgb(255, 0, 0)"
    messages = [entry["message"] for entry in browser.get_log("browser")]
    assert len([message for message in messages if "Content Security Policy" in message]) == 3

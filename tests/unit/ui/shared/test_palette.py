"""The colours of both themes: readable on every ground they stand on, and the same wherever they are written down."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict

import pytest

from console.forms import TEMPLATES as CONSOLE_TEMPLATES
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.ui.shared import markup, palette
from etl_batch.ui.shared.palette import PALETTES, THEMES, Palette

TEXTS = ("text", "soft", "accent", "info", "warn", "bad", "change", "violet", "lime", "orange", "cyan")
"""What words are written in."""
SIGNS = ("exact", "quiet", *TEXTS)
"""What lines and dots are drawn in."""
TONES = ("accent", "info", "warn", "bad")
TINT = 0.28
"""The strongest share of a tone in a ground that words stand on."""
STYLES = {name: (markup.TEMPLATES / f"{name}.css").read_text() for name in ("style", "layouts", "system", "console")}
SIGN_IN = (CONSOLE_TEMPLATES / "login.css").read_text()
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")


def parts(colour: str) -> list[float]:
    """Red, green and blue, each from 0 to 1."""
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def mixed(colour: str, ground: str, share: float) -> str:
    """A ground with so much of a colour over it."""
    both = zip(parts(colour), parts(ground), strict=True)
    return "#" + "".join(f"{round(255 * (share * one + (1 - share) * other)):02x}" for one, other in both)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def grounds(colours: Palette) -> list[str]:
    """What words stand on: the page, a box with a tint of the text's colour, and a chart."""
    return [colours.ground, colours.card, mixed(colours.text, colours.ground, 0.05)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_words_can_be_read(theme, name):
    """4.5 to 1, as WCAG AA asks of text, on each ground."""
    colours = PALETTES[theme]
    assert min(contrast(asdict(colours)[name], ground) for ground in grounds(colours)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", SIGNS)
def test_signs_can_be_seen(theme, name):
    """3 to 1, as WCAG AA asks of graphics, on each ground."""
    colours = PALETTES[theme]
    assert min(contrast(asdict(colours)[name], ground) for ground in grounds(colours)) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_words_can_be_read_in_a_box_of_a_tone(theme, tone):
    """Text on a tinted ground, and on the accent itself."""
    colours = PALETTES[theme]
    assert contrast(colours.text, mixed(asdict(colours)[tone], colours.ground, TINT)) >= 4.5
    assert contrast(colours.on_accent, colours.accent) >= 4.5


@pytest.mark.parametrize("place", [0, 1], ids=THEMES)
def test_the_pages_before_signing_in_can_be_read(place):
    """Their own table of colours: words on page and card, words on the button, and the edge of a field."""
    colours = {name: pair[place] for name, *pair in PAIR.findall(SIGN_IN)}
    for ground in ("background", "card"):
        for words in ("text", "soft", "accent", "error"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
        assert contrast(colours["line"], colours[ground]) >= 3
    for button in ("accent", "hover"):
        assert contrast(colours["on-accent"], colours[button]) >= 4.5


def test_streamlit_has_the_same_colours():
    """Its two themes are those of the stylesheet, and none is the base: so it follows the system."""
    themes = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert "base" not in themes
    for theme in THEMES:
        colours, own = PALETTES[theme], themes[theme]
        assert own["primaryColor"] == own["linkColor"] == colours.accent
        assert (own["backgroundColor"], own["secondaryBackgroundColor"]) == (colours.ground, colours.card)
        assert (own["textColor"], own["borderColor"]) == (colours.text, colours.line)
        lines = [colours.accent, colours.info, colours.warn, colours.change, colours.violet, colours.lime]
        assert own["chartCategoricalColors"] == lines


def test_a_colour_is_written_down_once():
    """Outside the table of the stylesheet no rule has a colour of its own."""
    table, rules = STYLES["style"].split("}\n", 1)
    assert table.count("light-dark(") == len(asdict(PALETTES["dark"]))
    for name, text in {**STYLES, "style": rules}.items():
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text), name


def test_charts_are_dark_where_no_browser_has_said_anything():
    """A page that nobody looks at yet is drawn as it always was."""
    assert palette.theme() == "dark"

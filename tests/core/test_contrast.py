"""Every pair of text and surface is legible in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import counterfoil

TOKENS = Path(counterfoil.__file__).parent / "interfaces/web/static/counterfoil/tokens.css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#\w{6}), (#\w{6})\)")
SURFACES = ("desk", "sheet", "well", "press")
TONES = ("ok", "bad", "warn", "ours", "theirs", "mute")
TEXT, FIGURE = 4.5, 3.0


def pairs() -> list[tuple[str, str, float]]:
    """Return (foreground, background, least contrast); a new color comes with its row here."""
    rows = [(f, b, TEXT) for f in ("text", "text-2", "text-3") for b in (*SURFACES, "ink-soft")]
    rows += [("ink", b, TEXT) for b in ("desk", "sheet", "well", "ink-soft")]
    rows += [("on-ink", "ink", TEXT), ("on-ink", "ink-hover", TEXT), ("on-bad", "bad-solid", TEXT)]
    for tone in TONES:
        rows += [(tone, b, TEXT) for b in (f"{tone}-tint", "desk", "sheet", "well", "ink-soft")]
        rows += [(text, f"{tone}-tint", TEXT) for text in ("text", "text-2", "text-3")]
    rows += [("edge", b, FIGURE) for b in ("desk", "sheet", "well")]
    rows += [("focus", b, FIGURE) for b in SURFACES]
    rows += [(f"m-{m}", "sheet", FIGURE) for m in ("claimed", "approved", "paid", "expired")]
    return rows


def too_faint(source: str) -> list[str]:
    """Return the pairs below their least contrast, in words."""
    colors = {name: (light, dark) for name, light, dark in PAIR.findall(source)}
    return [
        f"{theme}: {front} on {back} is {ratio:.2f}, below {least}"
        for front, back, least in pairs()
        for index, theme in enumerate(("light", "dark"))
        if (ratio := contrast(colors[front][index], colors[back][index])) < least
    ]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors (WCAG 2.2, definition of contrast ratio)."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_all_pairs_are_legible_in_both_themes() -> None:
    assert len(pairs()) == 81
    assert too_faint(TOKENS.read_text("utf-8")) == []


def test_a_fainter_gray_is_caught() -> None:
    faint = TOKENS.read_text("utf-8").replace(
        "--text-3:    light-dark(#5a6371", "--text-3: light-dark(#9aa1ad"
    )

    assert any("text-3 on sheet" in line for line in too_faint(faint))


def test_no_color_is_written_outside_the_tokens() -> None:
    sheet = TOKENS.with_name("app.css").read_text("utf-8")
    # Evidence is paper in both themes: its ink does not follow the theme.
    paper = re.findall(r"(?:\.sheet[^{]*|mark) \{[^}]*\}", sheet)

    for rule in paper:
        sheet = sheet.replace(rule, "")
    assert re.findall(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", sheet) == []

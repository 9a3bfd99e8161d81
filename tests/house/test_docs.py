"""The documentation says what the program does: names, links, generated pages, decisions."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer

from counterfoil.core.authority import AUTHORITY
from counterfoil.core.states import TRANSITIONS, State
from counterfoil.interfaces.cli.app import app
from counterfoil.interfaces.cli.gen.cli_page import commands
from counterfoil.interfaces.cli.gen.command import pages
from counterfoil.interfaces.cli.gen.errors_page import (
    LOG_FINDINGS,
    ROOMS,
    ROW_CODES,
    named_refusals,
)
from counterfoil.interfaces.cli.gen.settings_page import SETTINGS
from tests.house.source import PACKAGE, ROOT

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
KINDS = ("safety", "feature", "fix", "docs", "internal")
ADR_PARTS = ("Status", "Context", "Decision", "Alternatives considered", "Consequences")
_VARIABLE = re.compile(r"""(?:environ(?:\.get\(|\[)|_flag\()\s*"([A-Z_]+)\"""")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r'"([A-Z]{3,}(?:_[A-Z]+)+|MISSING|REFUND|UNREADABLE)"')
# A path of somebody's machine or the address of a package mirror has no place in the repository.
_MACHINE = re.compile(
    r"(?:^|[\s\"'=(])/(?:root|home|work|Users)/[\w.-]+|files\.pythonhosted|\.internal(?!\.auth)\b"
)


def read(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def broken_links(page: Path, text: str) -> list[str]:
    """This will list the links of a page that lead nowhere."""
    broken = []
    for target in _LINK.findall(text):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        where = (page.parent / path).resolve() if path else page
        if not where.exists() or (
            anchor and where.suffix == ".md" and anchor not in anchors(where)
        ):
            broken.append(target)
    return broken


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def test_every_page_that_is_generated_is_as_the_code_says():
    for name, text in pages(typer.main.get_command(app)).items():
        kept = read(name)
        if name.endswith(".json"):
            assert json.loads(kept) == json.loads(text), f"{name}: run `counterfoil gen`"
        else:
            assert kept == text, f"{name}: run `counterfoil gen`"


def test_every_variable_that_the_settings_read_is_described():
    settings = (PACKAGE / "config" / "settings.py").read_text()

    assert set(_VARIABLE.findall(settings)) == set(SETTINGS)


def test_every_command_state_and_permission_stands_in_the_reference():
    cli, states, permissions = read("cli.md"), read("states.md"), read("permissions.md")

    for words, command in commands(typer.main.get_command(app), ("counterfoil",)):
        assert f"## `{' '.join(words)}" in cli
        assert (command.help or "").strip(), f"{words} has no help"
    for state in State:
        assert f"`{state}`" in states
    for start, action in TRANSITIONS:
        assert f"| `{start}` | `{action}` |" in states
    for action in AUTHORITY:
        assert f"`{action}`" in permissions


def test_every_refusal_and_code_stands_in_the_reference():
    errors = read("errors.md")
    seen: set[str] = set()
    for name in ("core/records.py", "flows/import_records.py"):
        seen |= set(_CODE.findall((PACKAGE / name).read_text()))
    findings = set(_CODE.findall((PACKAGE / "apps/audit/selectors/verify.py").read_text()))

    assert seen <= set(ROW_CODES)
    assert findings == set(LOG_FINDINGS)
    for _, module in ROOMS:
        for name, words in named_refusals(module):
            assert f"`{name}`" in errors
            assert words, f"{name} has no docstring"


def test_every_direct_dependency_has_its_line_with_a_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[<>=!;~ ]", each)[0] for each in project["dependencies"]}
    rows = re.findall(
        r"^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$",
        read("dependencies.md"),
        re.MULTILINE,
    )

    assert {name for name, *_ in rows} == wanted
    assert all(cell.strip() for row in rows for cell in row)


def test_every_link_of_the_documentation_leads_somewhere():
    documents = [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "changes").glob("*.md")]
    broken = {
        str(page.relative_to(ROOT)): found
        for page in documents
        if (found := broken_links(page, page.read_text(encoding="utf-8")))
    }

    assert broken == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One thing\n")

    assert broken_links(page, "[a](absent.md) [b](page.md#one-thing) [c](#two)") == [
        "absent.md",
        "#two",
    ]


def test_every_page_can_be_reached_from_the_index():
    linked = {(DOCS / link).resolve() for link in _LINK.findall((DOCS / "index.md").read_text())}
    linked |= {
        (page.parent / link).resolve()
        for page in DOCS.rglob("*.md")
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link
    }
    pages_there = {page.resolve() for page in DOCS.rglob("*.md") if page.name != "index.md"}

    lost = {page.name for page in pages_there - linked if page.parent.name != "adr"}
    assert lost == set()


@pytest.mark.parametrize("page", sorted((DOCS / "adr").glob("*.md")), ids=lambda page: page.stem)
def test_every_decision_has_its_parts(page):
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.name[:4]} ")
    for part in ADR_PARTS:
        assert f"**{part}" in text or f"## {part}" in text, f"{page.name} lacks {part}"


@pytest.mark.parametrize(
    "page", sorted((DOCS / "how-to" / "extend").glob("*.md")), ids=lambda page: page.stem
)
def test_no_checklist_has_more_than_six_steps(page):
    steps = re.findall(r"^\d+\. ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert 1 <= len(steps) <= 6


def test_every_change_fragment_is_one_sentence_of_a_known_kind():
    for page in (ROOT / "changes").glob("*.md"):
        if page.name == "README.md":
            continue
        assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", page.name), page.name
        text = page.read_text(encoding="utf-8").strip()
        assert text.endswith("."), f"{page.name} is no sentence"
        assert "\n\n" not in text, f"{page.name} has more than one paragraph"


def test_no_tracked_file_names_a_machine_path_or_a_mirror():
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().strip()}"
        for path in tracked()
        if path.suffix
        in {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".txt", ".json", ".lock"}
        and path != Path(__file__).resolve()
        for hit in [_MACHINE.search(path.read_text(encoding="utf-8", errors="replace"))]
        if hit
    ]

    assert found == []

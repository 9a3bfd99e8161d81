"""The console's templates are short, say their variables, and keep the security policy."""

import re
from pathlib import Path

import pytest

from counterfoil.interfaces import console
from tests.doors.test_templates import LINES_MAX, breaches

TEMPLATES = Path(console.__file__).parent / "templates" / "console"
EVERY = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", EVERY)
def test_a_template_is_short_and_says_its_variables(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert len(source.splitlines()) < LINES_MAX
    assert "{% comment %}" in source


@pytest.mark.parametrize("name", EVERY)
def test_a_template_keeps_the_policy(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert breaches(re.sub(r"{% comment %}.*?{% endcomment %}", "", source, flags=re.S)) == []

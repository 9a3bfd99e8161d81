"""Reading the house's own source, for the tests of its rules."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "counterfoil"
# Lowest room last, as in .importlinter; rooms of one line share a number.
ROOM_FLOOR = {
    "exchange": 7,
    "engagements": 7,
    "payouts": 6,
    "submissions": 5,
    "playbooks": 4,
    "programs": 3,
    "ledger": 3,
    "partners": 2,
    "access": 1,
    "messaging": 1,
    "service_levels": 1,
    "audit": 0,
}


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """This will parse every Python file of the given folders of the package."""
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(), filename=str(path))


def where(path: Path, node: ast.AST) -> str:
    """This will name a place in the source."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"

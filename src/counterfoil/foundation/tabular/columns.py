"""Finding the columns that an import needs in the header that a file has."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from counterfoil.foundation.tabular.problems import Row, TableProblem
from counterfoil.foundation.tabular.reading import Table


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """Where each field stands (0 is the first cell), and what of the file goes unused."""

    places: Mapping[str, int]
    unused: tuple[str, ...]
    problems: tuple[TableProblem, ...]

    def record(self, row: Row) -> dict[str, str]:
        """Return the row's cells by field, blanks around them removed."""
        return {field: row.cells[place].strip() for field, place in self.places.items()}


def match_header(
    table: Table,
    wanted: Mapping[str, Iterable[str]],
    *,
    required: Iterable[str] = (),
) -> HeaderMatch:
    """Return where each field of `wanted` stands; its values are the column names it may have.

    Names compare without case, blanks and punctuation, so "Order Date" is "OrderDate". A required
    field without a column, and a field with two, are problems that name what was found.
    """
    by_name = {_folded(name): (place, name) for place, name in enumerate(table.header)}
    places: dict[str, int] = {}
    problems = []
    for field, names in wanted.items():
        found = {by_name[key] for key in map(_folded, (*names, field)) if key in by_name}
        if len(found) > 1:
            listed = ", ".join(repr(name) for _, name in sorted(found))
            problems.append(_problem(table, field, f"{listed} all fit it", "map one of them"))
        elif found:
            places[field] = next(iter(found))[0]
    for field in required:
        if field not in places and all(problem.field != field for problem in problems):
            have = ", ".join(table.header[:40])
            problems.append(
                _problem(table, field, "no column holds it", f"map or add it; the file has {have}")
            )
    used = set(places.values())
    unused = tuple(name for place, name in enumerate(table.header) if place not in used)
    return HeaderMatch(places, unused, tuple(problems))


def _problem(table: Table, field: str, message: str, hint: str) -> TableProblem:
    """Return a problem of the header."""
    return TableProblem(table.name, 1, None, field, message, hint)


def _folded(name: str) -> str:
    """Return a column name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())

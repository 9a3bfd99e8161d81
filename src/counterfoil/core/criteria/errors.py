"""The refusals of the criteria language: where, what, and what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches


class CriteriaError(ValueError):
    """An expression was refused before evaluation; `line` and `column` count from 1."""

    def __init__(self, line: int, column: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.hint = line, column, message, hint

    def __str__(self) -> str:
        """Return "line 1, column 7: what is wrong; what would be right"."""
        tail = f"; {self.hint}" if self.hint else ""
        return f"line {self.line}, column {self.column}: {self.message}{tail}"


class SchemaError(ValueError):
    """A schema, a type or a value handed to the language by the program is not one."""


class Refusal(Exception):
    """A refusal at an offset of the source; `compile_expression` turns it into CriteriaError."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.offset, self.message, self.hint = offset, message, hint

    def placed(self, source: str, line: int, column: int) -> CriteriaError:
        """Return the error with its line and column, the source beginning at `line`:`column`."""
        before = source[: self.offset]
        breaks = before.count("\n")
        if breaks:
            return CriteriaError(
                line + breaks, self.offset - before.rfind("\n"), self.message, self.hint
            )
        return CriteriaError(line, column + self.offset, self.message, self.hint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return 'did you mean "x"?' for the nearest known word, or nothing."""
    names = sorted(known)
    tails = {name.rsplit(".", 1)[-1]: name for name in names}
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if not near and (close := get_close_matches(word, list(tails), n=1, cutoff=0.8)):
        near = [tails[close[0]]]
    return f'did you mean "{near[0]}"?' if near else ""

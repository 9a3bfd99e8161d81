"""What is wrong with a playbook, said so that its author can mend it.

Here live the one shape of a finding and the one refusal. Reading, checking and publishing all
speak in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One finding: where it stands (line and column from 1), what is wrong, and what would be
    right.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        named = f" {self.path}:" if self.path else ""
        return f"{where}:{named} {self.message}{' ' + self.hint if self.hint else ''}"


class PlaybookInvalid(ValueError):
    """Raised when a playbook can't be read as a whole; carries every problem found, in the order
    of the file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: list[Problem] = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

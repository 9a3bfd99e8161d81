"""What playbooks hands out."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.playbooks import Playbook, Problem


@dataclass(frozen=True, slots=True)
class PlaybookRef:
    """A version of a playbook with its program, ready to judge; `pk` is the row's."""

    pk: int
    public_id: str
    code: str
    version: int
    sha256: str
    kind: str
    state: str
    effective_from: date
    playbook: Playbook


@dataclass(frozen=True, slots=True)
class PlaybookRow:
    """A version in a list: who wrote it, who approved it, since when it holds."""

    public_id: str
    code: str
    version: int
    label: str
    kind: str
    state: str
    sha256: str
    effective_from: date | None
    author_id: str
    edited_at: datetime
    approved_by: str
    published_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class PlaybookText:
    """A version with its text and, for a draft, what is wrong with it.

    `problems` are those that keep it from being published; `playbook` is None while the text can't
    be read.
    """

    row: PlaybookRow
    source: str
    problems: tuple[Problem, ...]
    playbook: Playbook | None


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """A draft as it was saved; what is wrong with it is told, not refused."""

    public_id: str
    version: int
    problems: tuple[Problem, ...]

"""What playbooks hands out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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


@dataclass(frozen=True, slots=True)
class TrialInfo:
    """A draft run over decisions; `report` has summary, rows and how many rows were kept."""

    public_id: str
    version_id: str
    playbook_sha256: str
    since: date | None
    total: int
    changed: int
    report: dict[str, Any]
    sha256: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SignOffInfo:
    """What somebody said of a draft for a role."""

    role: str
    is_agreed: bool
    comment: str
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a draft is: whose word it needs, what stands for this very text, its newest trial.

    `sha256` is the draft's, "" while it can't be read. `lacking` are the roles whose agreement it
    needs and has not; a role whose newest word is no is among them.
    """

    sha256: str
    wanted: tuple[str, ...]
    given: tuple[SignOffInfo, ...]
    lacking: tuple[str, ...]
    trial: TrialInfo | None

"""The small records that the shared partials print; frozen, formatted, without behavior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from counterfoil.interfaces.web.presenters.statuses import VERDICTS

Words = str | Promise
GLANCE_ORDER = ("pass", "fail", "unknown", "not_applicable")


@dataclass(frozen=True)
class NavItem:
    """A place: `key` names its count (`count-<key>`), `shortcut` its keys such as `g q`."""

    label: Words
    url: str
    icon: str
    key: str = ""
    count: int | None = None
    current: bool = False
    shortcut: str = ""

    @property
    def shortcut_keys(self) -> list[str]:
        """Return the keys one by one, in capitals, for `<kbd>`."""
        return self.shortcut.upper().split()


@dataclass(frozen=True)
class NavSection:
    """A part of the side navigation; the first has no title."""

    title: Words
    items: Sequence[NavItem]


@dataclass(frozen=True)
class Crumb:
    """A step of "you are here"; the last has no address."""

    label: Words
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """A tab or saved view: a link with an address."""

    label: Words
    url: str
    current: bool = False
    count: str = ""


@dataclass(frozen=True)
class Act:
    """Something to do at an address of its own; htmx loads it into the dialog when `dialog`.

    `tone` is empty, `main-act`, `danger` or `quiet`; `shortcut` is a single lower-case key; a
    `why_not` disables the act and says what unlocks it.
    """

    label: Words
    url: str = ""
    icon: str = ""
    tone: str = ""
    shortcut: str = ""
    why_not: Words = ""
    dialog: bool = True


@dataclass(frozen=True)
class Me:
    """Who is signed in, for the frame of the page; `menu` holds the pages of one's own."""

    name: str = ""
    initials: str = ""
    role_words: str = ""
    theme: str = ""
    has_keys: bool = True
    menu: Sequence[Act] = ()


@dataclass(frozen=True)
class Empty:
    """An empty list: why it is empty, what to do next, one button."""

    title: Words
    text: Words
    icon: str = "queue"
    url: str = ""
    label: Words = ""


@dataclass(frozen=True)
class Failed:
    """A failure: what failed, what is still safe, the recorded error's id, where to try again."""

    title: Words
    text: Words
    error_id: str = ""
    retry_url: str = ""


@dataclass(frozen=True)
class Missing:
    """Something to enter or attach: its words and the anchor of its field."""

    label: Words
    url: str


@dataclass(frozen=True)
class Step:
    """A step of a journey; `state` is `done`, `current`, `warn` or empty."""

    label: Words
    state: str = ""
    url: str = ""


@dataclass(frozen=True)
class Pager:
    """Where one is in a list; figures come formatted, empty addresses show no button."""

    text: Words
    newer_url: str = ""
    older_url: str = ""


@dataclass(frozen=True)
class GlanceItem:
    """How many criteria gave one verdict."""

    count: int
    word: Words
    icon: str
    tone: str


def glance_of(counts: Mapping[str, int]) -> list[GlanceItem]:
    """Return the verdicts that occur, in fixed order, from `{"pass": 4, "fail": 1}`."""
    return [
        GlanceItem(counts[key], VERDICTS[key].word, VERDICTS[key].icon, VERDICTS[key].tone)
        for key in GLANCE_ORDER
        if counts.get(key)
    ]


def initials(name: str) -> str:
    """Return up to two capitals of a person's name, for the round mark: `DW`."""
    words = [word for word in name.split() if word[:1].isalpha()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in picked).upper()


def short_hash(value: str) -> str:
    """Return the first and last four characters of a hash: `5f0c…84c9`."""
    bare = value.removeprefix("sha256:")
    return bare if len(bare) <= 8 else f"{bare[:4]}…{bare[-4:]}"

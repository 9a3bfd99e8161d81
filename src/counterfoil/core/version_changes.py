"""What one version of a playbook says otherwise than another, in words: pure, nothing is decided.

Compared are the canonical forms, of which the identity is the hash: two versions without a
difference are the same version, and every value that differs is told with its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from counterfoil.core.canonical import digest
from counterfoil.core.playbooks import Playbook
from counterfoil.core.version_words import language_of, place_words, value_words

_ABSENT = None
_KEYS = ("id", "kind", "code", "from", "at")
_OURS = frozenset(
    ("playbook", "version", "owner", "design_owner", "sign_off", "routing", "review")
)


class Side(StrEnum):
    """Whose work a difference changes."""

    PARTNERS = "partners"
    US = "us"


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One difference: `path` is its place in the file, `place` the same in words.

    `before` is "" for what is new, `after` for what is gone.
    """

    path: str
    place: str
    before: str
    after: str
    side: Side


def version_changes(
    before: Playbook,
    after: Playbook,
    *,
    language: str,
    labels_before: Mapping[str, str],
    labels_after: Mapping[str, str],
) -> tuple[VersionChange, ...]:
    """Return what `after` says otherwise than `before`, in the order of the file.

    The labels give the names that rules use their titles, in `language`, for each version.
    """
    if before.sha256 == after.sha256:
        return ()
    said = language_of(language)
    old, new = dict(before.to_canonical()), dict(after.to_canonical())
    found = []
    for path, was, now in _walk(old, new, ()):
        was_words = value_words(old, path, was, labels_before, said)
        now_words = value_words(new, path, now, labels_after, said)
        if was is not _ABSENT and now is not _ABSENT and was_words == now_words:
            # Another spelling, or another language than the reader's: show what was written.
            was_words, now_words = _raw(was, now)
        found.append(
            VersionChange(
                ".".join(path),
                place_words(old, new, path, said),
                was_words,
                now_words,
                _side(path, old, new),
            )
        )
    return tuple(found)


def _walk(was: Any, now: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield the places that differ, each with its values; None where there is none."""
    if _same(was, now):
        return
    if isinstance(was, dict) and isinstance(now, dict) and not (_is_text(was) or _is_text(now)):
        for key in [*now, *(key for key in was if key not in now)]:
            yield from _walk(was.get(key), now.get(key), (*path, str(key)))
        return
    if isinstance(was, list) and isinstance(now, list) and _has_rows(was + now):
        yield from _rows(was, now, path)
        return
    yield path, was, now


def _rows(
    was: list[Any], now: list[Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield the rows of a list that differ, by their names where they have any."""
    old, new = _named(was), _named(now)
    if old is None or new is None:
        yield from _unnamed(was, now, path)
        return
    for name in [*new, *(name for name in old if name not in new)]:
        yield from _walk(old.get(name), new.get(name), (*path, name))
    kept = [name for name in new if name in old]
    if kept != [name for name in old if name in new]:
        yield (*path, "order"), list(old), list(new)


def _unnamed(
    was: list[Any], now: list[Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield the rows without a name that differ; numbers count from 1 as people do."""
    marks = [[digest(row) for row in rows] for rows in (was, now)]
    for word, a, b, c, d in SequenceMatcher(
        None, marks[0], marks[1], autojunk=False
    ).get_opcodes():
        if word == "equal":
            continue
        for place in range(max(b - a, d - c)):
            old = was[a + place] if a + place < b else _ABSENT
            new = now[c + place] if c + place < d else _ABSENT
            number = (c if new is not _ABSENT else a) + place + 1
            yield (*path, str(number)), old, new


def _named(rows: Sequence[Any]) -> dict[str, Any] | None:
    """Return rows by what names them, or None where a name is missing or stands twice."""
    for key in _KEYS:
        if all(isinstance(row, dict) and isinstance(row.get(key), str) for row in rows):
            named = {row[key]: row for row in rows}
            if len(named) == len(rows):
                return named
    names = [row["name"].get("en", "") if _is_example(row) else "" for row in rows]
    if all(names) and len(set(names)) == len(names):
        return dict(zip(names, rows, strict=True))
    return None


def _is_example(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("name"), dict)


def _has_rows(rows: Sequence[Any]) -> bool:
    return bool(rows) and all(isinstance(row, dict) for row in rows)


def _is_text(node: Mapping[str, Any]) -> bool:
    """Return whether a mapping is one text in several languages."""
    return bool(node) and all(
        len(key) == 2 and isinstance(value, str) for key, value in node.items()
    )


def _same(was: Any, now: Any) -> bool:
    """Return whether two values are the same in the hash: yes is not 1, order of keys is none."""
    if type(was) is not type(now):
        return False
    if isinstance(was, dict):
        return was.keys() == now.keys() and all(_same(was[key], now[key]) for key in was)
    if isinstance(was, list):
        return len(was) == len(now) and all(map(_same, was, now))
    return bool(was == now)


def _raw(was: Any, now: Any) -> tuple[str, str]:
    """Return two values that read alike as they are written, without what they share."""
    if isinstance(was, dict) and isinstance(now, dict):
        keys = [k for k in [*now, *was] if not _same(was.get(k), now.get(k))]
        keys = list(dict.fromkeys(keys))
        return _pairs(was, keys), _pairs(now, keys)
    return repr(was), repr(now)


def _pairs(node: Mapping[str, Any], keys: Sequence[str]) -> str:
    return "; ".join(f"{key}: {node[key]}" for key in keys if key in node) or "-"


def _side(path: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> Side:
    """Return whom a place concerns: partners, unless only we read it."""
    if path[0] in _OURS or "floor" in path:
        return Side.US
    if path[:2] == ("sla", "ours") and path[2:3] != ("decision",):
        return Side.US
    if path[0] == "facts" and len(path) > 1:
        asked = {doc.get("facts", {}).get(path[1], {}).get("ask") for doc in (old, new)}
        if not asked & {"partner"}:
            return Side.US
    return Side.PARTNERS

"""Reads of playbooks. A published version is parsed once a process: its hash is its identity."""

import json
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from counterfoil.apps.playbooks.errors import NoPlaybookInForce, UnknownPlaybook
from counterfoil.apps.playbooks.models import PlaybookVersion, SignOff, Trial
from counterfoil.apps.playbooks.types import (
    PlaybookRef,
    PlaybookRow,
    PlaybookText,
    SignOffInfo,
    Standing,
    TrialInfo,
)
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.playbooks import (
    Kind,
    Playbook,
    PlaybookInvalid,
    Problem,
    check_publishable,
    load_playbook,
)

VERSIONS_MAX = 200


def version_in_force(code: str, on: date) -> PlaybookRef:
    """This will return the newest published version that holds on the day `on`.

    Raises NoPlaybookInForce.
    """
    row = (
        _light()
        .filter(code=code, state="published", effective_from__lte=on)
        .order_by("-effective_from", "-version")
        .first()
    )
    if row is None:
        raise NoPlaybookInForce(f"No version of {code} is in force on {on.isoformat()}.")
    return _ref(row)


def playbooks_in_force(on: date) -> tuple[PlaybookRef, ...]:
    """This will return every playbook that can be begun on the day `on`, by code."""
    rows = (
        _light()
        .filter(state="published", effective_from__lte=on)
        .order_by("code", "-effective_from", "-version")
        .distinct("code")
    )
    return tuple(_ref(row) for row in rows)


def claim_versions() -> tuple[PlaybookRef, ...]:
    """This will return every published version for claims, the newest of a code last."""
    rows = _light().filter(state="published", kind=Kind.FUND_CLAIM)
    return tuple(_ref(row) for row in rows.order_by("code", "effective_from", "version"))


def get_version(public_id: str) -> PlaybookRef:
    """This will return a published or retired version. Raises UnknownPlaybook."""
    row = _light().filter(public_id=public_id).exclude(state="draft").first()
    if row is None:
        raise UnknownPlaybook(f"There is no published playbook version {public_id}.")
    return _ref(row)


def version_of_row(pk: int) -> PlaybookRef:
    """This will return the version of a pinned row. Raises UnknownPlaybook."""
    row = _light().filter(pk=pk).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version in row {pk}.")
    return _ref(row)


def version_by_sha256(sha256: str) -> PlaybookRef:
    """This will return the version that a decision cites. Raises UnknownPlaybook."""
    row = _light().filter(sha256=sha256).exclude(state="draft").order_by("pk").first()
    if row is None:
        raise UnknownPlaybook(f"No published playbook has the hash {sha256}.")
    return _ref(row)


def texts_by_sha256(sha256: str) -> tuple[str, str]:
    """This will return canonical JSON and YAML of the version that a decision cites.

    Raises UnknownPlaybook.
    """
    rows = PlaybookVersion.objects.filter(sha256=sha256).exclude(state="draft").order_by("pk")
    found = rows.values_list("canonical", "source").first()
    if found is None:
        raise UnknownPlaybook(f"No published playbook has the hash {sha256}.")
    return found


def version_before(public_id: str) -> PlaybookRef | None:
    """This will return the newest version published before this one, or None for the first.

    Raises UnknownPlaybook.
    """
    row = _light().filter(public_id=public_id).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version {public_id}.")
    earlier = _light().filter(code=row.code, version__lt=row.version).exclude(state="draft")
    found = earlier.order_by("-version").first()
    return _ref(found) if found is not None else None


def list_versions(code: str = "") -> tuple[PlaybookRow, ...]:
    """This will list versions, by code and newest first."""
    rows = _light().order_by("code", "-version")
    if code:
        rows = rows.filter(code=code)
    return tuple(_row(row) for row in rows[:VERSIONS_MAX])


def get_text(public_id: str) -> PlaybookText:
    """This will return a version with its text and its problems. Raises UnknownPlaybook."""
    row = PlaybookVersion.objects.filter(public_id=public_id).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version {public_id}.")
    playbook, problems = read_source(row.source, file=f"{row.code}.yaml")
    return PlaybookText(_row(row), row.source, problems, playbook)


def standing_of(version_id: str) -> Standing:
    """This will tell what a draft lacks before it is published. Raises UnknownPlaybook.

    Only what was said of this very text counts; of several words of a role the newest.
    """
    row = PlaybookVersion.objects.filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version {version_id}.")
    playbook, _ = read_source(row.source, file=f"{row.code}.yaml")
    if playbook is None:
        return Standing("", (), (), (), None)
    words = SignOff.objects.filter(version=row, playbook_sha256=playbook.sha256).order_by("pk")
    newest = {each.role: each for each in words}
    wanted = tuple(str(role) for role in playbook.sign_off)
    trial = (
        Trial.objects.filter(version=row, playbook_sha256=playbook.sha256)
        .select_related("version")
        .order_by("-pk")
        .first()
    )
    return Standing(
        sha256=playbook.sha256,
        wanted=wanted,
        given=tuple(
            SignOffInfo(each.role, each.is_agreed, each.comment, each.signed_by, each.signed_at)
            for each in newest.values()
        ),
        lacking=tuple(role for role in wanted if role not in newest or not newest[role].is_agreed),
        trial=_trial(trial) if trial is not None else None,
    )


def get_trial(public_id: str) -> TrialInfo:
    """This will return what a draft would have changed. Raises UnknownPlaybook."""
    row = Trial.objects.filter(public_id=public_id).select_related("version").first()
    if row is None:
        raise UnknownPlaybook(f"There is no trial {public_id}.")
    return _trial(row)


def list_trials(version_id: str) -> tuple[TrialInfo, ...]:
    """This will list a version's trials, newest first."""
    rows = Trial.objects.filter(version__public_id=version_id).select_related("version")
    return tuple(_trial(row) for row in rows.order_by("-pk")[:VERSIONS_MAX])


def _trial(row: Trial) -> TrialInfo:
    return TrialInfo(
        public_id=row.public_id,
        version_id=row.version.public_id,
        playbook_sha256=row.playbook_sha256,
        since=row.since,
        total=row.total,
        changed=row.changed,
        report=json.loads(row.report),
        sha256=row.sha256,
        made_by=row.made_by,
        made_at=row.made_at,
    )


@lru_cache(maxsize=16)
def read_source(source: str, *, file: str) -> tuple[Playbook | None, tuple[Problem, ...]]:
    """This will return the playbook that a text is, with what keeps it from being published.

    Kept for the last few texts: saving and publishing read the same one several times.
    """
    try:
        playbook = load_playbook(source, file=file)
    except PlaybookInvalid as refusal:
        return None, tuple(refusal.problems)
    return playbook, tuple(check_publishable(playbook))


def _light() -> QuerySet[PlaybookVersion]:
    return PlaybookVersion.objects.defer("source", "canonical")


def _ref(row: PlaybookVersion) -> PlaybookRef:
    assert row.effective_from is not None
    return PlaybookRef(
        pk=row.pk,
        public_id=row.public_id,
        code=row.code,
        version=row.version,
        sha256=row.sha256,
        kind=row.kind,
        state=row.state,
        effective_from=row.effective_from,
        playbook=_loaded(row),
    )


_LOADED_MAX = 64


def _loaded(row: PlaybookVersion) -> Playbook:
    found = _cache().get(row.sha256)
    if found is None:
        # The source keeps the order in which the form asks; canonical JSON sorts its names.
        found = load_playbook(row.source, file=f"{row.code}.yaml")
        # The identity is recomputed from what is stored: an edited row is never judged by.
        if not found.sha256 == sha256_hex(row.canonical.encode()) == row.sha256:
            raise UnknownPlaybook(
                f"{row.code} version {row.version} does not have the hash it was published under."
            )
        if len(_cache()) >= _LOADED_MAX:
            _cache().clear()
        _cache()[row.sha256] = found
    return found


@lru_cache(maxsize=1)
def _cache() -> dict[str, Playbook]:
    return {}


def _row(row: PlaybookVersion) -> PlaybookRow:
    return PlaybookRow(
        public_id=row.public_id,
        code=row.code,
        version=row.version,
        label=f"{row.code} {row.version}",
        kind=row.kind,
        state=row.state,
        sha256=row.sha256,
        effective_from=row.effective_from,
        author_id=row.author_id,
        edited_at=row.edited_at,
        approved_by=row.approved_by,
        published_at=row.published_at,
        note=row.note,
    )

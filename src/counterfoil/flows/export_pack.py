"""An audit pack: a population of events with proofs, its decisions, and what verifies it."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.db import transaction

from counterfoil.apps.audit.errors import NothingSigned
from counterfoil.apps.audit.ports import SigningKey
from counterfoil.apps.audit.selectors import (
    checkpoint_notes,
    count_events,
    leaf_hashes,
    log_state,
    packed_events,
    population,
    verifier_files,
)
from counterfoil.apps.audit.services import moment, record_event
from counterfoil.apps.audit.types import EventFilters
from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.playbooks.selectors import texts_by_sha256
from counterfoil.apps.submissions.selectors.decisions import get_decision_record
from counterfoil.core.actors import Actor
from counterfoil.core.auditpack import PackDecision, PackEvent, build_pack
from counterfoil.core.authority import require
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.decisions import playbook_sha256_of

# A zip file's own clock; what counts is the signed time in the manifest.
_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_READ_ME = """\
{title}

audit-pack.zip   {events} events and {decisions} decisions of the log {origin}
verify.py        python verify.py audit-pack.zip       (Python 3.10 or newer, nothing else)
verify.html      open it in a browser, choose audit-pack.zip; it opens no connection

Compare the fingerprint that the verifier shows with the one that you were given apart from
this file:
{fingerprint}
"""


@dataclass(frozen=True, slots=True)
class ExportedPack:
    """A finished export: its file name and bytes, and what is in it.

    `left_out` counts events of the population that no checkpoint covers yet.
    """

    name: str
    data: bytes
    sha256: str
    events: int
    decisions: int
    left_out: int


@transaction.atomic
def export_pack(
    *, title: str, filters: EventFilters, by: Actor, at: datetime, key: SigningKey
) -> ExportedPack:
    """This will draw the population that `filters` describe and return it as one zip file.

    Without any filter the whole log is packed; otherwise each event carries its proof. The export
    is itself an event. Raises NotAllowed, NothingSigned, SigningKeyMissing, PackInvalid.
    """
    require(by, "audit.export")
    newest = log_state().checkpoint
    if newest is None or newest.size == 0:
        raise NothingSigned("the log has no checkpoint yet; the worker signs one every hour")
    ids = population(filters=filters)
    events = packed_events(event_ids=ids, size=newest.size)
    if not events:
        raise NothingSigned("no event of this population is covered by a checkpoint yet")
    announced = tuple(_announced(events))
    decisions = tuple(_decisions(announced))
    matching = count_events(filters=filters)
    origin = key.key.name
    pack = build_pack(
        origin=origin,
        title=title,
        at=at,
        events=events,
        checkpoints=checkpoint_notes(up_to=newest.size),
        keys=key.known_keys,
        signer=key.key,
        sign=key.sign,
        decisions=decisions,
        leaves=None if len(events) == newest.size else leaf_hashes(size=newest.size),
        beside={
            "population.json": canonical_json(
                {
                    "filters": _stated(filters),
                    "drawn_by": by.id,
                    "drawn_at": moment(at),
                    "checkpoint": newest.size,
                    "matching": matching,
                    "packed": len(events),
                    "left_out": matching - len(events),
                    "decisions_announced": len(announced),
                    "decisions_packed": len(decisions),
                }
            ),
            **cited_playbooks(decisions),
        },
    )
    read_me = _READ_ME.format(
        title=title,
        events=len(events),
        decisions=len(decisions),
        origin=origin,
        fingerprint=key.key.fingerprint,
    )
    data = zipped(
        {"audit-pack.zip": zipped(pack), "READ-ME.txt": read_me.encode(), **verifier_files()}
    )
    exported = ExportedPack(
        name=f"audit-pack-{at.astimezone(UTC):%Y%m%d-%H%M%S}.zip",
        data=data,
        sha256=sha256_hex(data),
        events=len(events),
        decisions=len(decisions),
        left_out=matching - len(events),
    )
    record_event(
        by=by,
        at=at,
        action="audit.exported",
        object_type="log",
        object_id=origin,
        data={
            "title": title,
            "filters": _stated(filters),
            "events": exported.events,
            "decisions": exported.decisions,
            "left_out": exported.left_out,
            "checkpoint": newest.size,
            "sha256": exported.sha256,
        },
    )
    return exported


def _announced(events: tuple[PackEvent, ...]) -> Iterator[tuple[str, int]]:
    """Yield the decisions whose hash an event carries, with the event's index."""
    for event in events:
        data = json.loads(event.canonical)["data"]
        if isinstance(data.get("decision"), str) and "record_sha256" in data:
            yield data["decision"], event.index


def _decisions(announced: tuple[tuple[str, int], ...]) -> Iterator[PackDecision]:
    """Yield the records as they stand, changed ones too: the verifier names what differs."""
    for decision_id, index in announced:
        stored = get_decision_record(decision_id)
        # A deleted one is told by the counts of the population.
        if stored is not None:
            yield PackDecision(decision_id, json.loads(stored.record), index)


def cited_playbooks(decisions: Sequence[PackDecision]) -> dict[str, bytes]:
    """This will return the rules that decisions cite by their hash: canonical and as written."""
    files: dict[str, bytes] = {}
    for decision in decisions:
        sha256 = playbook_sha256_of(json.dumps(decision.record))
        if f"playbooks/{sha256}.json" not in files:
            try:
                canonical, source = texts_by_sha256(sha256)
            except UnknownPlaybook:
                continue
            files[f"playbooks/{sha256}.json"] = canonical.encode()
            files[f"playbooks/{sha256}.yaml"] = source.encode()
    return files


def _stated(filters: EventFilters) -> dict[str, Any]:
    """Return the filters as the event keeps them."""
    stated: dict[str, Any] = {
        name: value
        for name in ("actor_id", "action", "object_type", "object_id")
        if (value := getattr(filters, name))
    }
    if filters.partner_id is not None:
        stated["partner_id"] = filters.partner_id
    for name in ("since", "until"):
        if (instant := getattr(filters, name)) is not None:
            stated[name] = moment(instant)
    return stated


def zipped(files: Mapping[str, bytes]) -> bytes:
    """This will return a zip file that is the same for the same content."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()

"""Shipped and folder playbooks on their way into force: read, save as draft, publish.

Two people stand behind each version, also behind a shipped one: who brings it and who approves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.apps.playbooks.errors import NotPublishable
from counterfoil.apps.playbooks.selectors import list_versions, read_source
from counterfoil.apps.playbooks.services import publish_version, save_draft
from counterfoil.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Published:
    """A playbook file and what became of it; `is_new` is False when this very version stood."""

    code: str
    version_id: str
    sha256: str
    is_new: bool


@transaction.atomic
def publish_files(
    *, files: Mapping[str, str], author: Actor, by: Actor, at: datetime, note: str = ""
) -> tuple[Published, ...]:
    """This will publish each text of `files` (name to text), all or none, in order of name.

    A text whose hash is published already is left as it is, so that a second run changes nothing.
    Raises NotPublishable with every problem of the first bad file, NotAllowed, SameAuthor.
    """
    return tuple(
        _publish(name, files[name], author=author, by=by, at=at, note=note)
        for name in sorted(files)
    )


def _publish(
    name: str, text: str, *, author: Actor, by: Actor, at: datetime, note: str
) -> Published:
    playbook, problems = read_source(text, file=name)
    if playbook is None or problems:
        raise NotPublishable(problems)
    for row in list_versions(playbook.id):
        if row.sha256 == playbook.sha256 and row.state == "published":
            return Published(playbook.id, row.public_id, row.sha256, is_new=False)
    saved = save_draft(source=text, code=playbook.id, by=author, at=at, note=note or name)
    sha256 = publish_version(version_id=saved.public_id, by=by, at=at)
    return Published(playbook.id, saved.public_id, sha256, is_new=True)

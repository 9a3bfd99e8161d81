"""Published playbooks compared with what the audit log says of them."""

from collections.abc import Iterator

from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.playbooks.models import PlaybookVersion
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.differences import Difference


def playbook_differences() -> Iterator[Difference]:
    """This will name versions that are not as they were published, or are gone."""
    told = {
        each.object_id: each
        for each in statements(object_type="playbook", actions=("playbook.published",))
    }
    for row in PlaybookVersion.objects.exclude(state="draft").order_by("pk"):
        subject = f"{row.code} version {row.version}"
        said = told.pop(row.public_id, None)
        if said is None:
            yield _found(subject, "the audit log knows no such publication")
            continue
        data = said.data
        if not sha256_hex(row.canonical.encode()) == row.sha256 == data["sha256"]:
            yield _found(subject, "its rules are not those that were published")
        text = sha256_hex(row.source.encode())
        # Events of before the text was on record can't tell.
        if data.get("source_sha256", text) != text:
            yield _found(subject, "its text is not the one that was published")
        if (row.code, row.version, row.author_id, row.approved_by) != (
            data["code"], data["version"], data["author"], said.actor_id,
        ):  # fmt: skip
            yield _found(subject, "its author or who published it differs")
    for said in told.values():
        subject = f"{said.data['code']} version {said.data['version']}"
        yield _found(subject, "was published, and is no published version any more")


def _found(subject: str, message: str) -> Difference:
    return Difference("playbooks as published", subject, message)

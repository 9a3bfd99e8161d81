"""Published playbooks, their trials and sign-offs compared with what the audit log says."""

from collections.abc import Iterator

from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.playbooks.models import PlaybookVersion, SignOff, Trial
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
    yield from _trial_differences()
    yield from _sign_off_differences()


def _trial_differences() -> Iterator[Difference]:
    told = {
        each.data["trial"]: each.data
        for each in statements(object_type="playbook", actions=("playbook.tried",))
    }
    for row in Trial.objects.select_related("version").order_by("pk"):
        said = told.pop(row.public_id, None)
        subject = f"trial {row.public_id} of {row.version.code} version {row.version.version}"
        if said is None:
            yield _found(subject, "the audit log knows no such trial")
        elif not (
            sha256_hex(row.report.encode()) == row.sha256 == said["sha256"]
            and (row.playbook_sha256, row.total, row.changed)
            == (said["playbook_sha256"], said["total"], said["changed"])
        ):
            yield _found(subject, "its report is not the one that was made")
    for trial_id in told:
        yield _found(f"trial {trial_id}", "was made, and is gone")


def _sign_off_differences() -> Iterator[Difference]:
    told = {
        each.data["sign_off"]: each
        for each in statements(
            object_type="playbook", actions=("playbook.signed", "playbook.sign_off_refused")
        )
    }
    for row in SignOff.objects.select_related("version").order_by("pk"):
        said = told.pop(row.public_id, None)
        subject = f"sign-off {row.public_id} of {row.version.code} version {row.version.version}"
        if said is None:
            yield _found(subject, "the audit log knows no such word")
        elif (
            row.signed_by, row.role, row.playbook_sha256, row.comment, row.is_agreed,
        ) != (
            said.actor_id, said.data["role"], said.data["playbook_sha256"], said.data["comment"],
            said.action == "playbook.signed",
        ):  # fmt: skip
            yield _found(subject, "it is not what was said")
    for sign_off_id in told:
        yield _found(f"sign-off {sign_off_id}", "was given, and is gone")


def _found(subject: str, message: str) -> Difference:
    return Difference("playbooks as published", subject, message)

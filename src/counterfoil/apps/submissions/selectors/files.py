"""One file of a submission for the evidence viewer: its pages, pictures and visible text."""

from dataclasses import dataclass

from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.models import Evidence
from counterfoil.core.actors import Actor


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A stored file as a viewer needs it; `previews` are hashes of page pictures in the store."""

    evidence_id: str
    submission_id: str
    name: str
    sha256: str
    media_type: str
    previews: tuple[str, ...]
    page_texts: tuple[str, ...]


def evidence_file(evidence_id: str, *, by: Actor) -> EvidenceFile:
    """This will return a file that stands on a submission, for the vendor's people.

    Raises UnknownSubmission for a file that does not exist, was removed or is only a link.
    """
    assert not by.is_partner
    row = (
        Evidence.objects.filter(public_id=evidence_id, removed_at__isnull=True)
        .exclude(sha256="")
        .select_related("submission")
        .first()
    )
    if row is None:
        raise UnknownSubmission(f"There is no file {evidence_id}.")
    return EvidenceFile(
        evidence_id=row.public_id,
        submission_id=row.submission.public_id,
        name=row.name,
        sha256=row.sha256,
        media_type=row.media_type,
        previews=tuple(row.previews),
        page_texts=tuple(str(page) for page in row.reading.get("page_texts", ())),
    )

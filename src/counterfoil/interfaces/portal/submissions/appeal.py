"""Appealing a refusal: which points, why, and what proves it; somebody else looks again."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counterfoil.apps.playbooks.selectors import version_by_sha256
from counterfoil.apps.submissions.errors import FileRefused, SubmissionRefused
from counterfoil.apps.submissions.selectors.own_status import (
    OwnLetter,
    OwnStatus,
    get_own_letter,
    get_own_status,
)
from counterfoil.apps.submissions.types import AppealFile
from counterfoil.core.playbooks import Level, Playbook
from counterfoil.core.playbooks.model import PieceForm
from counterfoil.flows.submit import appeal_decision
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.submissions.fields import file_part
from counterfoil.interfaces.portal.submissions.reading import FILE_BYTES_MAX
from counterfoil.interfaces.portal.words import (
    kind_words,
    name_of,
    say_file_refusal,
    say_refusal,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import FieldPart, Missing, OptionPart, format_day
from counterfoil.interfaces.web.requests import KnownRequest

FILES_MAX = 5
REASON_MAX = 4_000


@require_http_methods(["GET", "POST"])
@for_partners("submissions.appeal")
def appeal(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will ask for another look at a refusal, by somebody who did not decide it."""
    found = get_own_status(submission_id, by=request.me, at=request.at)
    back_url = reverse("portal:submission", args=[submission_id])
    if not found.appeal_until:
        return pages.refused(
            request, door="portal", title=_("Appeal this decision"),
            reason=_not_open(found), back_url=back_url,
        )  # fmt: skip
    language = language_of(request)
    letter = get_own_letter(submission_id, by=request.me, language=language)
    playbook = version_by_sha256(letter.playbook_sha256).playbook
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _appealed(request, submission_id)
        if not errors:
            return pages.done(
                request, url=back_url,
                say=_("Your appeal is with us. Somebody who did not decide it looks again."),
            )  # fmt: skip
    context = _context(request, found, letter, playbook, errors, language)
    return pages.act(
        request, {**context, "back_url": back_url}, door="portal", status=422 if errors else 200
    )


def _appealed(request: KnownRequest, submission_id: str) -> dict[str, str]:
    """Raise the appeal; return what stands against it by field."""
    reason = request.POST.get("reason", "").strip()[:REASON_MAX]
    if not reason:
        return {"reason": _("Write what we overlooked or judged wrongly.")}
    kind, _dot, piece = request.POST.get("kind", "").partition(".")
    uploads = request.FILES.getlist("files")
    if uploads and not kind:
        return {"kind": _("Choose what the files prove.")}
    if len(uploads) > FILES_MAX:
        return {"files": _("At most %(count)s files at a time.") % {"count": FILES_MAX}}
    files = [
        AppealFile(kind, piece, upload.name or "file", upload.read(FILE_BYTES_MAX + 1))
        for upload in uploads
    ]
    try:
        appeal_decision(
            submission_id=submission_id, criteria=request.POST.getlist("criteria"), reason=reason,
            files=files, by=request.me, at=request.at, store=adapter("evidence_store"),
            reader=adapter("evidence_reader"),
        )  # fmt: skip
    except FileRefused as refusal:
        return {"files": say_file_refusal(refusal.code, str(refusal), "")}
    except SubmissionRefused as refusal:
        return {"reason": say_refusal(refusal)}
    return {}


def _context(
    request: KnownRequest,
    found: OwnStatus,
    letter: OwnLetter,
    playbook: Playbook,
    errors: dict[str, str],
    language: str,
) -> dict[str, Any]:
    head = found.head
    assert found.appeal_until is not None
    return {
        "title": _("Appeal this decision"),
        "act_url": request.path,
        "facts": [
            (kind_words(head.kind), name_of(head)),
            (_("Number"), head.number),
            (_("You may appeal until"), format_day(found.appeal_until)),
        ],
        "notice": _(
            "Once, and the second decision is the last one. The day on which you first sent it is "
            "kept; what you write and add here is on the record."
        ),
        "form_fields": _fields(request, letter, playbook, errors, language),
        "missing": [Missing(text, f"#f-{name}") for name, text in errors.items()],
        "missing_title": _("Not sent yet"),
        "confirm": _("Send the appeal"),
        "has_files": True,
    }


def _fields(
    request: KnownRequest,
    letter: OwnLetter,
    playbook: Playbook,
    errors: dict[str, str],
    language: str,
) -> list[FieldPart]:
    chosen = set(request.POST.getlist("criteria"))
    points = {point.criterion_id: point.title for point in letter.points}
    fields = []
    if points:
        fields.append(
            FieldPart(
                "criteria", _("Which points did we judge wrongly?"), "checkboxes",
                options=[
                    OptionPart(name, f"{name} {title}", name in chosen)
                    for name, title in points.items()
                ],
            )
        )  # fmt: skip
    kind = request.POST.get("kind", "")
    return [
        *fields,
        FieldPart(
            "reason", _("What did we overlook?"), "textarea", is_required=True,
            value=request.POST.get("reason", ""), error=errors.get("reason", ""),
            hint=_("Name the page or the line on which it can be seen."),
        ),
        FieldPart(
            "kind", _("What do your files prove? (optional)"), "select",
            error=errors.get("kind", ""),
            options=[
                OptionPart("", _("No files"), not kind),
                *(
                    OptionPart(value, words, value == kind)
                    for value, words in _kinds(playbook, language)
                ),
            ],
        ),
        file_part(
            "files", label=_("Files (optional)"), error=errors.get("files", ""), is_multiple=True,
            accepts=tuple(dict.fromkeys(a for rule in playbook.evidence for a in rule.accepts)),
            hint=_("Up to %(count)s files of one kind.") % {"count": FILES_MAX},
        ),
    ]  # fmt: skip


def _kinds(playbook: Playbook, language: str) -> Iterable[tuple[str, str]]:
    """Yield what a file may prove: a kind of proof, or a named piece of it."""
    for rule in playbook.evidence:
        if rule.level is not Level.SUBMISSION:
            continue
        pieces = [piece for piece in rule.pieces if piece.form is PieceForm.FILE]
        for piece in pieces:
            words = f"{rule.title.say(language)}: {piece.title.say(language)}"
            yield f"{rule.name}.{piece.name}", words
        if not rule.pieces:
            yield rule.name, rule.title.say(language)


def _not_open(found: OwnStatus) -> str:
    if found.decision is None:
        return _("Nothing was decided yet.")
    if found.decision.outcome == "qualified":
        return _("This was approved. About the sum, write to us on its page.")
    if found.appealed_at is not None:
        return _("You appealed it before; the second decision is the last one.")
    return _("The time to appeal is over. Write to us on its page.")

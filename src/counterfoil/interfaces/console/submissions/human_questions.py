"""The questions that only a person can answer, all on one page, with every file beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import UnknownDetail
from counterfoil.apps.submissions.types import DetailView, SubmissionView
from counterfoil.core.entries import NotReadable
from counterfoil.flows import decide
from counterfoil.flows.review_blind import Findings
from counterfoil.interfaces.console.submissions.files import size_of
from counterfoil.interfaces.console.submissions.values import (
    line_name,
    plain_entry,
    show_detail,
)
from counterfoil.interfaces.console.submissions.verifying import value_field, yes_no
from counterfoil.interfaces.console.submissions.words import FLAGS
from counterfoil.interfaces.web.presenters import FieldPart, Missing, OptionPart
from counterfoil.interfaces.web.requests import KnownRequest

DETAIL, FILE = "d-", "m-"
PAGES_MAX = 5


@dataclass
class Answers:
    """What was typed: the findings that can be read, and what can't be."""

    findings: Findings
    problems: list[Missing] = field(default_factory=list)


def asked_of(view: SubmissionView, *, open_names: Sequence[str]) -> list[DetailView | str]:
    """This will list what only a person settles: details, and names of lines' open comparisons."""
    every = [*view.details, *(detail for line in view.lines for detail in line.details)]
    asked: list[DetailView | str] = [
        each
        for each in every
        if each.needs == "human_verified" and (each.ask == "reviewer" or each.value is not None)
    ]
    return [*asked, *(each for each in open_names if each.endswith(".duplicate_invoice"))]


def answers_of(
    request: KnownRequest, view: SubmissionView, asked: list[DetailView | str]
) -> Answers:
    details: dict[str, object] = {}
    problems: list[Missing] = []
    for item in asked:
        name = item if isinstance(item, str) else item.name
        text = request.POST.get(f"{DETAIL}{name}", "").strip()
        if not text:
            continue
        try:
            details[name] = decide.read_verified(
                submission_id=view.head.public_id, name=name, value=text, by=request.me,
                at=request.at, language=request.LANGUAGE_CODE,
            )  # fmt: skip
        except (NotReadable, UnknownDetail) as error:
            title = name if isinstance(item, str) else item.title
            problems.append(Missing(f"{title}: {error}", f"#f-{DETAIL}{name}"))
    marks = {
        each.evidence_id: request.POST.get(f"{FILE}{each.evidence_id}", "")
        for each in view.evidence
    }
    return Answers(Findings(details, marks), problems)


def question(request: KnownRequest, view: SubmissionView, item: DetailView | str) -> FieldPart:
    name = item if isinstance(item, str) else item.name
    key = f"{DETAIL}{name}"
    typed = request.POST.get(key, "") if request.method == "POST" else _verified(item)
    if isinstance(item, str):
        line = next((each for each in view.lines if f".{each.line_id}." in name), None)
        label = _("%(line)s: was this invoice used before?") % {
            "line": line_name(line) if line else name
        }
        return FieldPart(key, label, "radio", id=f"f-{key}", options=_with_open(yes_no(typed)))
    _title, shown, plain = value_field(view, name, typed)
    line = next((each for each in view.lines if f".{each.line_id}." in name), None)
    label = f"{line_name(line)}: {item.title}" if line else item.title
    hint = _("The partner says: %(what)s") % {"what": show_detail(item)} if shown else item.help
    options = plain.options
    if plain.kind == "radio":
        options = _with_open(list(plain.options))
    elif plain.kind == "select":
        options = [OptionPart("", _("Can't tell"), not typed), *plain.options]
    return FieldPart(
        key, label, plain.kind, id=f"f-{key}", value=typed, options=options,
        hint=hint or plain.hint,
    )  # fmt: skip


def _with_open(options: list[OptionPart]) -> list[OptionPart]:
    is_open = not any(each.is_chosen for each in options)
    return [*options, OptionPart("", _("Can't tell"), is_open)]


def file_fields_of(request: KnownRequest, view: SubmissionView) -> list[FieldPart]:
    fields = []
    for item in view.evidence:
        need = next((each for each in view.needs if each.kind == item.kind), None)
        kinds = need.not_qualifying if need else ()
        if not kinds:
            continue
        key = f"{FILE}{item.evidence_id}"
        known = item.not_qualifying
        chosen = request.POST.get(key, "") if request.method == "POST" else known
        fields.append(
            FieldPart(
                key,
                item.name,
                "select",
                id=f"f-{key}",
                value=chosen,
                hint=_("Handed in as: %(kind)s") % {"kind": item.kind_title},
                options=[
                    OptionPart("", _("Qualifies as proof"), not chosen),
                    *(OptionPart(kind, text, kind == chosen) for kind, text in kinds),
                ],
            )
        )
    return fields


def _verified(item: DetailView | str) -> str:
    """Return what a person verified before, as it is typed."""
    if isinstance(item, str) or item.provenance != "human_verified":
        return ""
    if item.type == "bool":
        return "yes" if item.value else "no"
    return plain_entry(item)


def files_of(view: SubmissionView) -> list[dict[str, object]]:
    """This will list every file with the pictures of its pages, so that nobody leaves the form."""
    shown: list[dict[str, object]] = []
    for item in view.evidence:
        if not item.sha256:
            continue
        pictures = []
        for number, preview in enumerate(item.previews[:PAGES_MAX], start=1):
            width, height = size_of(preview)
            if width:
                url = reverse("console:evidence_page", args=[item.evidence_id, number])
                label = _("Page %(page)s of %(name)s") % {"page": number, "name": item.name}
                pictures.append((url, width, height, label))
        more = len(item.previews) - PAGES_MAX
        shown.append(
            {
                "name": item.name,
                "kind": ", ".join(each for each in (item.kind_title, item.piece_title) if each),
                "flags": [str(FLAGS.get(flag, flag)) for flag in item.flags],
                "pictures": pictures,
                "more": _("%(count)s more pages are in the original.") % {"count": more}
                if more > 0
                else "",
                "text_url": reverse("console:evidence_text", args=[item.evidence_id]),
                "original_url": reverse("console:evidence_original", args=[item.evidence_id]),
            }
        )
    return shown

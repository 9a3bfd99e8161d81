"""The blind second review: what was sent, the questions that only a person settles, a verdict.

Nothing that the first reviewer found stands on this page; the selector leaves it out.
"""

from dataclasses import dataclass, field

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import (
    BlindUnsettled,
    ReasonMissing,
    SubmissionRefused,
    UnknownCode,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import DetailView, Judgment, SubmissionView
from counterfoil.core.blind import Verdict
from counterfoil.core.entries import NotReadable
from counterfoil.flows import decide, review_blind
from counterfoil.flows.review_blind import Findings
from counterfoil.interfaces.console.acts import sentence
from counterfoil.interfaces.console.submissions import review_parts as parts
from counterfoil.interfaces.console.submissions.acting import refuse
from counterfoil.interfaces.console.submissions.files import size_of
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.values import line_name, show_detail
from counterfoil.interfaces.console.submissions.verifying import value_field, yes_no
from counterfoil.interfaces.console.submissions.words import FLAGS, ORDER, kind_words
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    Crumb,
    FieldPart,
    Missing,
    OptionPart,
    Status,
    show_money,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest

DETAIL, FILE = "d-", "m-"
DECLINE = "decline"
PAGES_MAX = 5


@dataclass
class Answers:
    """What was typed: the findings that can be read, and what can't be."""

    findings: Findings
    problems: list[Missing] = field(default_factory=list)


@opened_to("submissions.verify")
def blind(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will take a second reviewer through a drawn submission, and keep the verdict."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("Second review of %(number)s") % {"number": view.head.number}
    back_url = address("submission", submission_id)
    try:
        _head, plain = review_blind.look_blind(
            submission_id=submission_id, findings=Findings(), by=request.me, at=request.at
        )
        asked = _asked(view, plain)
        typed = _answers(request, view, asked)
        judgment = plain
        if request.method == "POST" and not typed.problems:
            if request.POST.get("step") == "give":
                return _give(request, view, typed, back_url=back_url)
            judgment = _look(request, submission_id, typed)
    except UnknownSubmission:
        raise
    except _BY_CONTENT as error:
        typed.problems.append(Missing(sentence(str(error)), "#v-h"))
        judgment = _look(request, submission_id, typed)
    except SubmissionRefused as error:
        return refuse(request, title, error, back_url=back_url)
    is_looked = request.method == "POST"
    context = {
        "crumbs": [Crumb(view.head.number, back_url), Crumb(_("Second review"))],
        "title": title,
        "kind": kind_words(view.head.kind),
        "name": view.head.title or view.head.number,
        "partner": view.head.partner_name,
        "here": request.get_full_path(),
        "questions": [_question(request, view, detail) for detail in asked],
        "file_fields": _file_fields(request, view),
        "missing": typed.problems,
        "results": _results(judgment) if is_looked else [],
        "sum": _sum(judgment) if is_looked else "",
        "verdict_fields": _verdict_fields(request, view, judgment) if is_looked else [],
        "details": [
            (name, shown, source, url)
            for name, shown, source, url in parts.details_of(view)
            if source or shown != _("not given")
        ],
        "has_lines": bool(view.lines),
        **parts.lines_of(view),
        "files": _files(view),
        "links": [(each.kind_title, each.link) for each in view.evidence if not each.sha256],
    }
    return pages.page(
        request, "console/submissions/blind.html", context, status=422 if typed.problems else 200
    )


_BY_CONTENT = (BlindUnsettled, ReasonMissing, UnknownCode, UnknownDetail)


def _give(
    request: KnownRequest, view: SubmissionView, typed: Answers, *, back_url: str
) -> HttpResponse:
    chosen = request.POST.get("verdict", "")
    if chosen not in set(Verdict):
        raise BlindUnsettled(_("Say whether you would approve it."))
    found = review_blind.give_second_review(
        submission_id=view.head.public_id, findings=typed.findings, verdict=Verdict(chosen),
        code=request.POST.get("code", ""), reason=request.POST.get("reason", ""),
        by=request.me, at=request.at,
    )  # fmt: skip
    said = (
        _("Your review is kept. The two differ, so somebody else settles it.")
        if found.needs_third
        else _("Your review is kept. The two agree; the first reviewer finishes it.")
    )
    return pages.done(request, say=said, url=back_url)


def _look(request: KnownRequest, submission_id: str, typed: Answers) -> Judgment:
    return review_blind.look_blind(
        submission_id=submission_id, findings=typed.findings, by=request.me, at=request.at
    )[1]


def _asked(view: SubmissionView, plain: Judgment) -> list[DetailView | str]:
    """Return what only a person settles: details, and names of lines' open comparisons."""
    every = [*view.details, *(detail for line in view.lines for detail in line.details)]
    asked: list[DetailView | str] = [
        each
        for each in every
        if each.needs == "human_verified" and (each.ask == "reviewer" or each.value is not None)
    ]
    names = {name for item in plain.adjudication.unknown for name in _missing_names(item.missing)}
    if any(name.endswith("duplicate_invoice") for name in names):
        asked += [
            f"line.{line.id}.duplicate_invoice"
            for line in plain.case.lines
            if "duplicate_invoice" not in line.facts
        ]
    return asked


def _missing_names(missing: object) -> list[str]:
    assert isinstance(missing, tuple)
    return [str(each.name) for each in missing]


def _answers(
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
    return Answers(Findings(details, {key: kind for key, kind in marks.items() if kind}), problems)


def _question(request: KnownRequest, view: SubmissionView, item: DetailView | str) -> FieldPart:
    name = item if isinstance(item, str) else item.name
    typed = request.POST.get(f"{DETAIL}{name}", "")
    key = f"{DETAIL}{name}"
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


def _file_fields(request: KnownRequest, view: SubmissionView) -> list[FieldPart]:
    fields = []
    for item in view.evidence:
        need = next((each for each in view.needs if each.kind == item.kind), None)
        kinds = need.not_qualifying if need else ()
        if not kinds:
            continue
        key = f"{FILE}{item.evidence_id}"
        chosen = request.POST.get(key, "")
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


def _results(judgment: Judgment) -> list[tuple[str, str, Status]]:
    """Return criterion, title and verdict, what stands against it first."""
    found: dict[str, tuple[str, str]] = {}
    for each in judgment.adjudication.results:
        criterion = each.criterion
        worst = found.get(criterion.id)
        said = str(each.outcome.value)
        if worst is None or ORDER.index(said) < ORDER.index(worst[1]):
            found[criterion.id] = (criterion.title.say("en"), said)
    rows = sorted(found.items(), key=lambda item: ORDER.index(item[1][1]))
    return [(name, title, status_of(VERDICTS, said)) for name, (title, said) in rows]


def _sum(judgment: Judgment) -> str:
    amount = judgment.adjudication.amount
    return str(show_money(amount.payable)) if amount is not None else ""


def _verdict_fields(
    request: KnownRequest, view: SubmissionView, judgment: Judgment
) -> list[FieldPart]:
    may_approve = judgment.adjudication.outcome.value == "qualified"
    chosen = request.POST.get("verdict", "")
    failing = [each.code for each in judgment.adjudication.failed if each.code]
    code = request.POST.get("code", next(iter(failing), ""))
    codes = sorted(view.codes, key=lambda each: (each[0] not in failing, each[2]))
    verdicts = [OptionPart("approve", _("I would approve it"), chosen == "approve")]
    return [
        FieldPart(
            "verdict", _("Your verdict"), "radio", id="f-verdict", is_required=True,
            options=[
                *(verdicts if may_approve else []),
                OptionPart(DECLINE, _("I would not approve it"), chosen == DECLINE),
            ],
            hint=""
            if may_approve
            else _("By your answers the criteria do not allow an approval."),
        ),
        FieldPart(
            "code", _("Reason code"), "select", id="f-code", value=code,
            options=[
                OptionPart("", _("Choose a reason"), not code),
                *(OptionPart(name, text, name == code) for name, _group, text in codes),
            ],
            hint=_("Only if you would not approve it."),
        ),
        FieldPart(
            "reason", _("Reason in your words"), "textarea", id="f-reason",
            value=request.POST.get("reason", ""),
            hint=_("Needed if you would not approve it: what was seen, what would have passed."),
        ),
    ]  # fmt: skip


def _files(view: SubmissionView) -> list[dict[str, object]]:
    """Return every file with the pictures of its pages, so that nobody leaves the form."""
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

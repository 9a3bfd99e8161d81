"""Criteria for the review page: one card each, its lines together, with what it saw and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import CriterionView, DetailView, SubmissionView
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.preview import file_url
from counterfoil.interfaces.console.submissions.returning import names_in
from counterfoil.interfaces.console.submissions.values import line_name, show_detail
from counterfoil.interfaces.console.submissions.verifying import detail_of, proof_fields, yes_no
from counterfoil.interfaces.console.submissions.words import ORDER, SOURCES
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    Act,
    FieldPart,
    OptionPart,
    Status,
    status_of,
)

SEEN_MAX = 12


@dataclass(frozen=True, slots=True)
class Ground:
    """A word and what stands behind it: a quote with its place, a reason code, a link."""

    word: str
    text: str = ""
    quote: str = ""
    note: str = ""
    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the reviewer answers in place."""

    id: str
    text: str
    url: str
    field: str
    options: Sequence[OptionPart]
    hidden: Sequence[tuple[str, str]]
    proof: Sequence[FieldPart]


@dataclass(frozen=True, slots=True)
class CriterionPart:
    """A criterion as the page prints it."""

    id: str
    dom_id: str
    title: str
    verdict: Status
    why: str
    open: bool
    question: Question | None
    grounds: Sequence[Ground]
    trace_lines: Sequence[str]
    acts: Sequence[Act]


def criteria_of(view: SubmissionView, *, may_verify: bool) -> list[CriterionPart]:
    """This will make the cards: failures first, then what is open, then what passes."""
    if view.screening is None:
        return []
    found: dict[str, list[CriterionView]] = {}
    for item in view.screening.criteria:
        found.setdefault(item.id, []).append(item)
    parts = [
        (
            min(ORDER.index(each.result) for each in items),
            _part(view, items, may_verify=may_verify),
        )
        for items in found.values()
    ]
    return [part for _place, part in sorted(parts, key=lambda pair: pair[0])]


def _part(view: SubmissionView, items: list[CriterionView], *, may_verify: bool) -> CriterionPart:
    items = sorted(items, key=lambda item: ORDER.index(item.result))
    first = items[0]
    shown = [item for item in items if item.result == first.result]
    question = _question(view, first) if may_verify else None
    return CriterionPart(
        id=first.id,
        dom_id=f"c-{first.id}",
        title=first.title,
        verdict=status_of(VERDICTS, first.result),
        why=_why(view, first, len(shown), len(items)),
        open=first.result in ("fail", "unknown"),
        question=question,
        grounds=list(_grounds(view, shown)),
        trace_lines=_trace(view, items),
        acts=[] if not may_verify else _verify_acts(view, shown, question),
    )


def _why(view: SubmissionView, first: CriterionView, same: int, every: int) -> str:
    if first.result == "not_applicable":
        return _("it does not apply here")
    if first.line_id and first.result != "pass":
        return _("%(bad)s of %(all)s lines") % {"bad": same, "all": every}
    if first.line_id:
        return _("all %(all)s lines") % {"all": every} if every > 1 else ""
    if first.result == "unknown":
        waits = {"partner": _("waits for the partner"), "reviewer": _("a person has to look")}
        return waits.get(first.waits_for, "")
    return first.code_words if first.result == "fail" else ""


def _grounds(view: SubmissionView, shown: list[CriterionView]) -> Iterator[Ground]:
    first = shown[0]
    seen = [ground for item in shown for ground in _seen(view, item, is_many=len(shown) > 1)]
    yield from seen[:SEEN_MAX]
    if first.result in ("fail", "unknown"):
        for words in dict.fromkeys(words for item in shown for _n, _r, words in item.missing):
            yield Ground(_("Open"), words)
        if first.would_pass:
            yield Ground(_("Would pass"), first.would_pass)
    yield Ground(_("Rule"), first.rule)
    if first.code:
        cure = _("can be cured") if first.is_curable else _("can't be cured")
        words = f"{first.code_words} " if first.code_words else ""
        yield Ground(_("Reason"), words, note=cure, code=first.code)


def _seen(view: SubmissionView, item: CriterionView, *, is_many: bool) -> Iterator[Ground]:
    """Yield the details that the rule reads, each with its value, source and quote."""
    line = next((each for each in view.lines if each.line_id == item.line_id), None)
    about = f"{line_name(line)}: " if line is not None and (is_many or len(view.lines) > 1) else ""
    for name in names_in(item):
        full = (
            f"line.{item.line_id}.{name.removeprefix('line.')}"
            if name.startswith("line.")
            else name
        )
        detail = detail_of(view, full)
        if detail is not None and (shown := show_detail(detail)):
            yield _ground(view, detail, f"{about}{detail.title}: {shown}")


def _ground(view: SubmissionView, detail: DetailView, text: str) -> Ground:
    source = str(SOURCES.get(detail.provenance, detail.source))
    evidence = str(detail.quote.get("evidence", ""))
    file = next((each for each in view.evidence if each.evidence_id == evidence), None)
    if file is None:
        return Ground(_("Seen"), text, note=f"· {source}" if source else "")
    page = int(detail.quote.get("page", 0) or 0)
    place = _("%(file)s, page %(page)s") % {"file": file.name, "page": page} if page else file.name
    url = file_url(view.head.public_id, evidence, page)
    return Ground(_("Seen"), text, str(detail.quote.get("text", "")), f"· {place} · {source}", url)


def _question(view: SubmissionView, first: CriterionView) -> Question | None:
    """Return the yes/no question that this criterion waits for a person to answer."""
    for name in open_names(first):
        detail = detail_of(view, name)
        if not name.endswith(".duplicate_invoice") and (detail is None or detail.type != "bool"):
            continue
        words = detail.title if detail is not None else _("Was this invoice used before?")
        dom = f"ask-{first.id}"
        chosen = "" if detail is None or detail.value is None else _yes_or_no(detail.value)
        return Question(
            id=dom,
            text=words,
            url=address("submission_verify", view.head.public_id),
            field="value",
            options=yes_no(chosen),
            hidden=[("name", name), ("at", f"c-{first.id}")],
            proof=proof_fields(view, prefix=f"{first.id}-"),
        )
    return None


def _verify_acts(
    view: SubmissionView, shown: list[CriterionView], question: Question | None
) -> list[Act]:
    """Offer to verify each other detail that the criterion waits for."""
    asked = dict(question.hidden)["name"] if question is not None else ""
    acts: dict[str, Act] = {}
    for item in shown:
        for name in open_names(item):
            detail = detail_of(view, name)
            if name == asked or (detail is None and not name.endswith(".duplicate_invoice")):
                continue
            if detail is not None and detail.ask == "partner" and detail.value is None:
                continue
            title = detail.title if detail is not None else _("Was this invoice used before?")
            line = next((each for each in view.lines if f".{each.line_id}." in name), None)
            label = f"{line_name(line)}: {title}" if line is not None else title
            url = address("submission_verify", view.head.public_id, name=name, at=f"c-{item.id}")
            acts[name] = Act(_("Verify %(what)s") % {"what": label}, url, "read")
    return list(acts.values())[:SEEN_MAX]


def open_names(item: CriterionView) -> list[str]:
    """This will return the full names of what an open criterion misses."""
    if item.result != "unknown":
        return []
    return [
        f"line.{item.line_id}.{name.removeprefix('line.')}"
        if name.startswith("line.") and item.line_id and item.line_id not in name
        else name
        for name, _reason, _words in item.missing
    ]


def _trace(view: SubmissionView, items: list[CriterionView]) -> list[str]:
    names: Mapping[str, str] = {line.line_id: line_name(line) for line in view.lines}
    if len(items) == 1:
        return list(items[0].trace_lines)
    return [
        f"{names.get(item.line_id, '')}: {words}" for item in items for words in item.trace_lines
    ][:60]


def _yes_or_no(value: object) -> str:
    return "yes" if value is True else "no"

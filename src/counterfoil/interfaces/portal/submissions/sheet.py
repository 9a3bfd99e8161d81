"""The form of a submission as a page: steps, fields, lines, proof, the check before sending."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.apps.submissions.selectors.own_forms import FormLine, OwnForm
from counterfoil.core.adjudication import Gap
from counterfoil.core.money import Money
from counterfoil.core.playbooks.model import Evidence, Level
from counterfoil.core.states import State
from counterfoil.interfaces.portal.submissions.fields import (
    Typing,
    dom_id,
    part_of,
    shown_value,
)
from counterfoil.interfaces.portal.submissions.proofs import file_row, place_of, proof_section
from counterfoil.interfaces.portal.submissions.reading import asked_of
from counterfoil.interfaces.portal.words import Left, kind_words, left_words, say_gap
from counterfoil.interfaces.web.presenters import (
    FieldPart,
    Missing,
    OptionPart,
    Status,
    Step,
    amount_steps,
    format_day,
    show_moment,
)


def sheet_of(
    form: OwnForm,
    *,
    language: str,
    zone: Any,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    shows_gaps: bool = False,
    answer: str = "",
    available: Money | None = None,
) -> dict[str, Any]:
    """Return the context of the form's page.

    `typed` overlays what is stored, `errors` are refusals by control, `shows_gaps` puts what is
    missing at its field as well.
    """
    gaps = {gap.path: say_gap(gap, language) for gap in form.gaps}
    typing = Typing(form.playbook, form.head.currency, language, typed, gaps, shows_gaps)
    refused = errors or {}
    head, is_claim = form.head, form.playbook.kind.pays
    missing = [Missing(say_gap(gap, language), anchor_of(gap, form)) for gap in form.gaps]
    texts = dict(form.playbook.texts)
    fields, closed = _details(form, typing)
    rules = _rules(form)
    sections = [proof_section(rule, form, typing, refused) for rule in rules["proof"]]
    return {
        "form": form,
        "heading": _heading(form, language),
        "kind_words": kind_words(head.kind),
        "number": head.number,
        "steps": _steps(form, missing),
        "version": head.version,
        "introduction": texts["introduction"].say(language) if "introduction" in texts else "",
        "form_fields": fields,
        "closed_fields": closed,
        "has_known": any(part.is_read for part in fields),
        "lines": [_line(line, form, typing, refused, rules) for line in form.lines],
        "has_lines": form.playbook.lines is not None,
        "lines_title": form.playbook.lines.title.say(language) if form.playbook.lines else "",
        "lines_open": form.is_open("lines"),
        "lines_error": refused.get("lines", ""),
        "invoices": _invoices(form, typing, refused, rules["invoice"]),
        "sections": sections,
        "missing": missing,
        "missing_title": _missing_title(len(missing)),
        "missing_note": texts["before_you_send"].say(language)
        if "before_you_send" in texts
        else "",
        "doubts": form.doubts,
        "share": _share(form),
        "currency": head.currency,
        "is_claim": is_claim,
        "last_step": 4 if form.playbook.lines is not None else 3,
        "is_answer": head.state is State.ACTION_REQUIRED,
        "asked": form.asked,
        "asked_due": show_moment(form.asked.answer_by, zone)
        if form.asked and form.asked.answer_by
        else None,
        "answer": answer,
        "errors": refused,
        "refused_list": [Missing(text, f"#{dom_id(place)}") for place, text in refused.items()],
        "shows_gaps": shows_gaps,
        "send_words": _send_words(form),
        "after_words": texts["after_you_sent"].say(language) if "after_you_sent" in texts else "",
        "left": _left(form, available),
        "back_url": reverse("portal:submission", args=[head.public_id]),
        "saved_words": show_moment(head.created_at, zone, weekday=False).text,
    }


def _left(form: OwnForm, available: Money | None) -> Left | None:
    fund = form.head.fund
    if form.left is not None:
        return left_words(_("Left of your pre-approval"), form.left, until=form.claim_by)
    if available is None:
        return None
    label = _("Available in %s") % f"{fund.name} {fund.period}"
    return left_words(
        label, available, text=_("For activities until %s.") % format_day(fund.ends_on)
    )


def anchor_of(gap: Gap, form: OwnForm) -> str:
    """Return the anchor of the control that mends a gap."""
    head, _dot, rest = gap.path.partition(".")
    if head == "facts":
        return f"#{dom_id('d.' + rest)}"
    if head == "lines":
        return "#s2"
    if head == "evidence":
        kind, _dot, piece = rest.partition(".")
        return _evidence_anchor(form, kind, piece)
    if rest.startswith("evidence."):
        kind = rest.removeprefix("evidence.")
        return f"#{dom_id(f'file.{kind}..{gap.line}')}"
    return f"#{dom_id(f'l.{gap.line}.{rest}')}"


def _evidence_anchor(form: OwnForm, kind: str, piece: str) -> str:
    rule = form.playbook.evidence_kind(kind)
    found = rule.piece(piece) if rule and piece else None
    if found is not None and found.fact:
        return f"#{dom_id('d.' + found.fact)}"
    if found is not None and found.form.value == "link":
        return f"#{dom_id(f'link.{kind}.{piece}')}"
    return f"#{dom_id(f'file.{kind}.{piece}.')}"


def _rules(form: OwnForm) -> dict[str, list[Evidence]]:
    source = form.playbook.lines.from_evidence if form.playbook.lines else None
    rules: dict[str, list[Evidence]] = {"invoice": [], "line": [], "proof": []}
    for rule in form.playbook.evidence:
        if rule.level is Level.LINE:
            rules["line"].append(rule)
        else:
            rules["invoice" if rule.name == source else "proof"].append(rule)
    return rules


def _details(form: OwnForm, typing: Typing) -> tuple[list[FieldPart], list[tuple[str, str]]]:
    fields, closed = [], []
    for rule in asked_of(form.playbook.facts):
        text = form.entries.get(rule.name, "")
        if form.is_open(rule.name):
            fields.append(
                part_of(
                    rule, name=f"d.{rule.name}", path=f"facts.{rule.name}", text=text,
                    typing=typing, prefilled=form.known.get(rule.name, ""),
                )
            )  # fmt: skip
        else:
            closed.append((rule.title.say(typing.language), shown_value(rule, text, typing)))
    return fields, closed


def _line(
    line: FormLine,
    form: OwnForm,
    typing: Typing,
    errors: dict[str, str],
    rules: dict[str, list[Evidence]],
) -> dict[str, Any]:
    assert form.playbook.lines is not None
    number = line.entries.get("number", "")
    supplier = line.entries.get("supplier", "")
    title = ", ".join(part for part in (number, supplier) if part)
    files = {file.evidence_id: file.name for file in form.files}
    own = [gap for gap in form.gaps if gap.line == line.line_id]
    doubts = [doubt for doubt in form.doubts if doubt.line_number == line.number]
    fields, closed = [], []
    for rule in asked_of(form.playbook.lines.fields):
        name, text = f"l.{line.line_id}.{rule.name}", line.entries.get(rule.name, "")
        if line.is_editable:
            path = f"lines[{line.number - 1}].{rule.name}"
            prefilled = line.read.get(rule.name, "")
            fields.append(
                part_of(rule, name=name, path=path, text=text, typing=typing, prefilled=prefilled)
            )
        elif text:
            closed.append((rule.title.say(typing.language), shown_value(rule, text, typing)))
    mended = any(part.error for part in fields)
    return {
        "id": f"line-{line.line_id}",
        "title": title or _("Line %s") % line.number,
        "file_words": files.get(line.evidence_id, ""),
        "state": _line_state(len(own), has_doubt=bool(doubts), is_wrong=mended),
        "is_prefilled": any(part.is_read for part in fields),
        "form_fields": fields,
        "closed_fields": closed,
        "choose_file": _choose_file(line, form, rules) if line.is_editable else None,
        "doubts": doubts,
        "proofs": [
            proof_section(rule, form, typing, errors, line_id=line.line_id)
            for rule in rules["line"]
            if _shows_line_proof(rule, line, form)
        ],
        "remove": f"remove-line:{line.line_id}" if form.is_open("lines") else "",
    }


def _shows_line_proof(rule: Evidence, line: FormLine, form: OwnForm) -> bool:
    path = f"lines[{line.number - 1}].evidence.{rule.name}"
    is_there = any(f.kind == rule.name and f.line_id == line.line_id for f in form.files)
    return is_there or any(gap.path == path for gap in form.gaps) or rule.required_when is None


def _choose_file(
    line: FormLine, form: OwnForm, rules: dict[str, list[Evidence]]
) -> FieldPart | None:
    kinds = {rule.name for rule in rules["invoice"]}
    files = [file for file in form.files if file.kind in kinds]
    if not files:
        return None
    name = f"l.{line.line_id}.evidence"
    none = OptionPart("", _("None of them yet"), not line.evidence_id)
    return FieldPart(
        name=name,
        id=dom_id(name),
        label=_("Which invoice file is it on?"),
        kind="select",
        options=[
            none,
            *(OptionPart(f.evidence_id, f.name, f.evidence_id == line.evidence_id) for f in files),
        ],
        width="w-l",
    )


def _line_state(gaps: int, *, has_doubt: bool, is_wrong: bool) -> Status:
    if gaps or is_wrong:
        words = ngettext("%d thing to fix", "%d things to fix", max(gaps, 1)) % max(gaps, 1)
        return Status(words, "fail", "bad")
    if has_doubt:
        return Status(_("Unlikely to be paid"), "unknown", "warn")
    return Status(_("Complete"), "pass", "ok")


def _invoices(
    form: OwnForm, typing: Typing, errors: dict[str, str], rules: list[Evidence]
) -> dict[str, Any] | None:
    if not rules:
        return None
    rule = rules[0]
    section = proof_section(rule, form, typing, errors)
    used = {line.evidence_id for line in form.lines}
    is_open = form.is_open(f"evidence:{rule.name}")
    return {
        "id": dom_id(place_of(rule)),
        "add": section.pieces[0].controls[0] if section.pieces[0].controls else None,
        "files": [
            (file_row(file, can_remove=is_open), file.evidence_id not in used)
            for file in form.files
            if file.kind == rule.name
        ],
        "hint": section.hint,
        "not_counting": section.not_counting,
    }


def _steps(form: OwnForm, missing: list[Missing]) -> list[Step]:
    where = [gap.path.split("[")[0].split(".")[0] for gap in form.gaps]
    invoice = {rule.name for rule in _rules(form)["invoice"]}
    counts = {"facts": 0, "lines": 0, "evidence": 0}
    for key, gap in zip(where, form.gaps, strict=True):
        parts = gap.path.split(".")
        is_invoice = key == "evidence" and parts[1] in invoice
        counts["lines" if is_invoice else key] += 1
    rows = [(_("Activity"), "facts", "#s1")]
    if form.playbook.lines is not None:
        rows.append((_("Invoices"), "lines", "#s2"))
    rows.append((_("Proof"), "evidence", "#s3"))
    steps = []
    for place, (label, key, url) in enumerate(rows, start=1):
        words = f"{place}. {label}"
        if counts[key]:
            words = _("%(step)s, %(count)d to fix") % {"step": words, "count": counts[key]}
        steps.append(Step(words, "warn" if counts[key] else "done", url))
    last = _("%d. Check and send") % (len(rows) + 1)
    return [*steps, Step(last, "current" if not missing else "", "#s4")]


def _missing_title(count: int) -> str:
    return ngettext("%d thing is missing", "%d things are missing", count) % count


def _share(form: OwnForm) -> list[Any]:
    amount = form.amount
    if amount is None or not amount.requested.is_positive:
        return []
    return amount_steps(
        requested=amount.requested,
        adjustments=[
            (step.title, step.code, -step.adjustment)
            for step in amount.steps
            if not step.adjustment.is_zero
        ],
        labels=(_("Value"), _("To be credited"))
        if form.playbook.kind.is_credit
        else (_("You ask for"), _("About")),
    )


def _send_words(form: OwnForm) -> str:
    if form.head.state is State.ACTION_REQUIRED:
        return _("Send the answer")
    if form.playbook.kind.is_credit:
        return _("Send it for validation")
    return _("Send claim") if form.playbook.kind.pays else _("Send request")


def _heading(form: OwnForm, language: str) -> str:
    if form.head.title:
        return form.head.title
    return form.playbook.title.say(language)

"""What the return dialog offers: reasons, what may be changed, and the words to the partner."""

import re
from collections.abc import Iterable

from django.http import QueryDict
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import CriterionView, SubmissionView
from counterfoil.interfaces.console.submissions.values import line_name
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart

NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")


def return_fields(view: SubmissionView, typed: QueryDict | None) -> list[FieldPart]:
    """This will make the fields; what the criteria suggest is ticked until somebody types."""
    open_ones = curable(view)
    codes = typed_codes(typed) if typed is not None else [each.code for each in open_ones]
    fields = typed.getlist("fields") if typed is not None else suggested(view, open_ones)
    message = typed.get("message", "") if typed is not None else _message(open_ones)
    named = _codes(view, set(codes))
    ticked = [OptionPart(name, text, name in codes) for name, text in named]
    known = {name for name, _text in named}
    others = [(name, text) for name, _group, text in view.codes if name not in known]
    return [
        FieldPart(
            "message", _("What would pass"), "textarea", id="f-what", value=str(message),
            hint=_("The partner reads this in the letter and in the portal."), is_required=True,
            is_focused=True,
        ),
        *([FieldPart("codes", _("Reasons"), "checkboxes", options=ticked)] if ticked else []),
        FieldPart(
            "codes", _("Another reason") if ticked else _("Reason"), "select", id="f-other",
            options=[
                OptionPart("", _("None") if ticked else _("Choose a reason")),
                *(OptionPart(name, text) for name, text in others),
            ],
        ),
        FieldPart(
            "fields", _("What the partner may change"), "checkboxes", is_required=True,
            options=[
                OptionPart(name, label, name in fields) for name, label in changeable(view)
            ],
        ),
    ]  # fmt: skip


def typed_codes(typed: QueryDict) -> list[str]:
    """This will return the reason codes of a form, without the empty choice."""
    return [str(code) for code in typed.getlist("codes") if code]


def curable(view: SubmissionView) -> list[CriterionView]:
    """This will list what the partner can mend: curable failures and what waits for them."""
    if view.screening is None:
        return []
    return [
        item
        for item in view.screening.criteria
        if (item.result == "fail" and item.is_curable)
        or (item.result == "unknown" and item.waits_for != "reviewer")
    ]


def changeable(view: SubmissionView) -> list[tuple[str, str]]:
    """This will list everything that a return may name, in the order of the form."""
    found = [(item.name, item.title) for item in view.details if item.ask == "partner"]
    if any(line.details for line in view.lines):
        found += [
            (f"line:{line.line_id}", _("Invoice line %(name)s") % {"name": line_name(line)})
            for line in view.lines
        ]
        found.append(("lines", _("Add or take out invoice lines")))
    found += [
        (f"evidence:{need.kind}", _("Files: %(kind)s") % {"kind": need.title})
        for need in view.needs
    ]
    return found


def suggested(view: SubmissionView, criteria: Iterable[CriterionView]) -> list[str]:
    """This will name what the open criteria read: their line, their details, their files."""
    known = {name for name, _label in changeable(view)}
    found: list[str] = []
    for item in criteria:
        for name in names_in(item):
            if name.startswith(("evidence.", "line.evidence.")):
                name = f"evidence:{name.removeprefix('line.').split('.')[1]}"
            elif name.startswith("line.") and item.line_id:
                name = f"line:{item.line_id}"
            if name in known and name not in found:
                found.append(name)
    return found


def names_in(item: CriterionView) -> list[str]:
    """This will list the names that the rule of a criterion reads, in its order."""
    rule = str(item.trace.get("pass", {}).get("text", ""))
    return list(dict.fromkeys(NAME.findall(re.sub(r'"[^"]*"', "", rule))))


def _codes(view: SubmissionView, ticked: set[str]) -> list[tuple[str, str]]:
    screening = view.screening
    found = {
        item.code
        for item in (screening.criteria if screening else ())
        if item.code and item.result in ("fail", "unknown")
    } | ticked
    return [(name, text) for name, _group, text in view.codes if name in found]


def _message(criteria: Iterable[CriterionView]) -> str:
    return "\n".join(dict.fromkeys(item.would_pass for item in criteria if item.would_pass))

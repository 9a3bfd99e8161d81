"""The fields of a playbook as fields of a page, with what was typed and what is wrong with it."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from counterfoil.core.entries import NotReadable, read_entry
from counterfoil.core.playbooks import Playbook
from counterfoil.core.playbooks.model import Field, ValueType
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart

RADIO_MAX = 3
AREA_FROM = 300
ACCEPT = {
    "pdf": ".pdf,application/pdf",
    "image": "image/*",
    "e-invoice": ".xml",
    "office": ".docx,.xlsx,.pptx,.odt,.ods,.odp",
    "mail": ".eml",
    "table": ".csv,.xlsx",
    "text": ".txt",
    "document": ".docx,.odt",
}


@dataclass(frozen=True, slots=True)
class Typing:
    """What a form knows while it is drawn: language and currency, what is read, asked, refused.

    `typed` overlays what is stored (by field name of the page) after a refusal; `gaps` are
    sentences by path, shown at the field when the person tried to send.
    """

    playbook: Playbook
    currency: str
    language: str
    typed: dict[str, str] | None = None
    gaps: dict[str, str] = field(default_factory=dict)
    shows_gaps: bool = False


def dom_id(name: str) -> str:
    """Return the id of a control: `f-d-activity`."""
    return "f-" + name.replace(".", "-").rstrip("-")


def part_of(
    rule: Field, *, name: str, path: str, text: str, typing: Typing, prefilled: str = ""
) -> FieldPart:
    """Return a field of the form; `prefilled` is what the program filled in, if it did.

    `name` is the control's, `path` names the detail in gaps.
    """
    if typing.typed is not None:
        text = typing.typed.get(name, text)
    kind = _kind(rule, typing.playbook)
    is_money = rule.type is ValueType.MONEY
    return FieldPart(
        name=name,
        id=dom_id(name),
        label=_label(rule, typing),
        kind=kind,
        value=_stored(rule, text, typing) if kind in {"select", "radio"} else text,
        hint=_hint(rule, typing),
        error=_error(rule, text, typing, path),
        options=_options(rule, text, typing, kind),
        affix=typing.currency if is_money else "",
        width=_width(rule, kind),
        inputmode=_inputmode(rule),
        autocomplete="off",
        is_read=bool(prefilled) and prefilled == text,
    )


def shown_value(rule: Field, text: str, typing: Typing) -> str:
    """Return what was typed, with the words of a choice, for a field that can't be changed."""
    if rule.type is ValueType.CHOICE:
        options = typing.playbook.option_list(rule.options or "")
        value = _stored(rule, text, typing)
        for option, title in options.options if options else ():
            if option == value:
                return title.say(typing.language)
    if rule.type is ValueType.MONEY and text and text[-1].isdigit():
        return f"{text} {typing.currency}"
    if rule.type is ValueType.BOOL and text:
        return _("Yes") if _stored(rule, text, typing) == "yes" else _("No")
    return text or "–"


def file_part(
    name: str, *, label: str, accepts: tuple[str, ...], hint: str, error: str, is_multiple: bool
) -> FieldPart:
    """Return a file field that takes what the playbook accepts."""
    return FieldPart(
        name=name,
        id=dom_id(name),
        label=label,
        kind="file",
        hint=hint,
        error=error,
        accept=",".join(ACCEPT[each] for each in accepts if each in ACCEPT),
        is_multiple=is_multiple,
    )


def accepted_words(accepts: tuple[str, ...]) -> str:
    """Return which files are taken, in words."""
    words = {
        "pdf": _("PDF"),
        "image": _("photo"),
        "e-invoice": _("e-invoice"),
        "office": _("Office document"),
        "mail": _("e-mail"),
        "table": _("table"),
        "text": _("text"),
        "document": _("document"),
    }
    named = [str(words[each]) for each in accepts if each in words]
    if len(named) < 2:
        return "".join(named)
    return _("%(some)s or %(last)s") % {"some": ", ".join(named[:-1]), "last": named[-1]}


def _label(rule: Field, typing: Typing) -> str:
    title = rule.title.say(typing.language)
    if rule.required:
        return title
    if rule.required_when is not None:
        return pgettext("label of a field that some need", "%s (if asked)") % title
    return pgettext("label of a field", "%s (optional)") % title


def _hint(rule: Field, typing: Typing) -> str:
    words = rule.help.say(typing.language) if rule.help else ""
    example = {
        ValueType.DATE: _("For example 2026-02-09."),
        ValueType.PERIOD: _("For example 2026-02-09 to 2026-02-10."),
    }.get(rule.type, "")
    return " ".join(part for part in (words, example) if part)


def _error(rule: Field, text: str, typing: Typing, path: str) -> str:
    if not text:
        return typing.gaps.get(path, "") if typing.shows_gaps else ""
    try:
        read_entry(
            text, field=rule, currency=typing.currency, language=typing.language,
            options=typing.playbook.option_list(rule.options or ""),
        )  # fmt: skip
    except NotReadable as refusal:
        return f"{refusal.message} {refusal.right}"
    # What reads but is out of bounds (a negative amount) is a gap as well; it is said at once.
    return typing.gaps.get(path, "")


def _stored(rule: Field, text: str, typing: Typing) -> str:
    try:
        value = read_entry(
            text, field=rule, currency=typing.currency, language=typing.language,
            options=typing.playbook.option_list(rule.options or ""),
        )  # fmt: skip
    except NotReadable:
        return text
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _kind(rule: Field, playbook: Playbook) -> str:
    if rule.type is ValueType.CHOICE:
        options = playbook.option_list(rule.options or "")
        return "radio" if options and len(options.options) <= RADIO_MAX else "select"
    if rule.type is ValueType.BOOL:
        return "radio"
    long = rule.type is ValueType.TEXT and (rule.max_length or 0) > AREA_FROM
    return "textarea" if long else "text"


def _options(rule: Field, text: str, typing: Typing, kind: str) -> list[OptionPart]:
    chosen = _stored(rule, text, typing)
    if rule.type is ValueType.BOOL:
        return [
            OptionPart("yes", _("Yes"), chosen == "yes"),
            OptionPart("no", _("No"), chosen == "no"),
        ]
    if rule.type is not ValueType.CHOICE:
        return []
    known = typing.playbook.option_list(rule.options or "")
    options = [
        OptionPart(value, title.say(typing.language), value == chosen)
        for value, title in (known.options if known else ())
    ]
    if kind == "select":
        first = OptionPart("", _("Choose one"), not any(each.is_chosen for each in options))
        return [first, *options]
    return options


def _width(rule: Field, kind: str) -> str:
    if kind in {"textarea", "radio"}:
        return ""
    if rule.type in {ValueType.DATE, ValueType.WHOLE_NUMBER, ValueType.DECIMAL, ValueType.MONEY}:
        return "w-m"
    return "w-l"


def _inputmode(rule: Field) -> str:
    return {
        ValueType.MONEY: "decimal",
        ValueType.DECIMAL: "decimal",
        ValueType.WHOLE_NUMBER: "numeric",
    }.get(rule.type, "")

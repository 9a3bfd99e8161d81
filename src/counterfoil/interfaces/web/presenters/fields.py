"""Form fields for the `_field.html` partial, from plain values or from a bound Django field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.utils.functional import Promise

Words = str | Promise
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class OptionPart:
    """One choice of a select, radio or checkbox group."""

    value: str
    label: Words
    is_chosen: bool = False
    hint: Words = ""


@dataclass(frozen=True)
class FieldPart:
    """A field as the page prints it: label, hint, error, control, in this order.

    `kind` is `text`, `textarea`, `select`, `radio`, `checkboxes`, `checkbox`, `file` or any type
    of an input element. `affix` stands before a figure (a currency code), `is_read` marks a value
    that a machine read and a person has to check, `width` is `w-s`, `w-m`, `w-l` or empty.
    """

    name: str
    label: Words
    kind: str = "text"
    id: str = ""
    value: str = ""
    hint: Words = ""
    error: Words = ""
    options: Sequence[OptionPart] = ()
    affix: str = ""
    width: str = ""
    inputmode: str = ""
    autocomplete: str = ""
    accept: str = ""
    is_required: bool = False
    is_read: bool = False
    is_disabled: bool = False
    is_checked: bool = False
    is_multiple: bool = False
    is_focused: bool = False

    @property
    def dom_id(self) -> str:
        """Return the id of the control: the given one, or `f-<name>`."""
        return self.id or f"f-{self.name}"

    @property
    def described_by(self) -> str:
        """Return the ids of hint and error for aria-describedby; empty when there are none."""
        ids = [f"{self.dom_id}-h"] if self.hint else []
        return " ".join([*ids, f"{self.dom_id}-e"] if self.error else ids)

    @property
    def is_plain(self) -> bool:
        """Return whether the control is one input element below its label."""
        return self.kind not in {"textarea", "select", "radio", "checkboxes", "checkbox", "file"}

    @property
    def input_type(self) -> str:
        """Return the input element's type: a date element shows nothing of a day to be mended."""
        is_day = self.kind != "date" or not self.value or ISO_DAY.fullmatch(self.value)
        return self.kind if is_day else "text"


WIDGET_KINDS = {
    "Textarea": "textarea",
    "Select": "select",
    "SelectMultiple": "select",
    "RadioSelect": "radio",
    "CheckboxSelectMultiple": "checkboxes",
    "CheckboxInput": "checkbox",
    "ClearableFileInput": "file",
    "FileInput": "file",
}


def field_of(bound: BoundField) -> FieldPart:
    """Return the part of a bound Django field: value, choices, help text and errors."""
    widget = bound.field.widget
    kind = WIDGET_KINDS.get(type(widget).__name__, getattr(widget, "input_type", "text"))
    value = bound.value()
    chosen = {str(each) for each in value} if isinstance(value, (list, tuple)) else {str(value)}
    options = [OptionPart(str(key), label, str(key) in chosen) for key, label in _choices(bound)]
    shown = "" if value is None or kind in {"password", "checkbox", "file"} else str(value)
    return FieldPart(
        name=bound.html_name,
        label=bound.label,
        kind=kind,
        id=bound.auto_id or "",
        value=shown,
        hint=bound.help_text,
        error=" ".join(str(each) for each in bound.errors),
        options=options,
        inputmode=str(widget.attrs.get("inputmode", "")),
        autocomplete=str(widget.attrs.get("autocomplete", "")),
        accept=str(widget.attrs.get("accept", "")),
        is_required=bound.field.required,
        is_disabled=bound.field.disabled,
        is_checked=kind == "checkbox" and bool(value),
        is_multiple=bool(getattr(widget, "allow_multiple_selected", False)),
        is_focused="autofocus" in widget.attrs,
    )


def _choices(bound: BoundField) -> list[tuple[object, Words]]:
    return list(getattr(bound.field, "choices", None) or [])

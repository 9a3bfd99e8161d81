"""Fields that read what people write: days, amounts, percentages, reasons."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.money import Money, MoneyError

REASON_MAX = 500


class DayInput(forms.DateInput):
    """A native date field; its value is ISO 8601."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    """This will make a field of a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=DayInput(),
        input_formats=["%Y-%m-%d", "%b %d, %Y", "%d.%m.%Y"],
        error_messages={
            "required": _("Enter a day, such as 2026-07-01."),
            "invalid": _("Write the day like 2026-07-01."),
        },
    )


def text_field(
    label: Any, *, required: bool = True, hint: Any = "", length_max: int = 200, area: bool = False
) -> forms.CharField:
    """This will make a field of one line, or of several with `area`."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        max_length=length_max,
        widget=forms.Textarea() if area else forms.TextInput(),
        error_messages={"required": _("Enter something here.")},
    )


def reason_field() -> forms.CharField:
    """This will make the field of a reason, which the record keeps."""
    field = text_field(
        _("Reason"),
        hint=_("Kept in the activity log."),
        length_max=REASON_MAX,
        area=True,
    )
    field.error_messages["required"] = _("Say why, in a sentence.")
    return field


def choice_field(
    label: Any, choices: Any, *, required: bool = True, hint: Any = ""
) -> forms.ChoiceField:
    """This will make a select."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=hint,
        error_messages={
            "required": _("Choose one."),
            "invalid_choice": _("Choose one of the list."),
        },
    )


def mail_field(label: Any, *, required: bool = True) -> forms.EmailField:
    """This will make a field of a mail address."""
    return forms.EmailField(
        label=label,
        required=required,
        max_length=254,
        error_messages={
            "required": _("Enter a mail address."),
            "invalid": _("Write a mail address such as name@example.com."),
        },
    )


class PercentField(forms.CharField):
    """A rate such as `2` or `2.5`; the value is parts per million."""

    def clean(self, value: Any) -> int:
        text = str(super().clean(value)).strip().removesuffix("%").strip().replace(",", ".")
        whole, mark, rest = text.partition(".")
        if not whole.isdigit() or not (rest.isdigit() or not mark) or len(rest) > 4:
            raise forms.ValidationError(_("Write a percentage such as 2 or 2.5."))
        return int(whole) * 10_000 + int(rest.ljust(4, "0") or 0)


def read_money(form: forms.Form, name: str, *, currency: str) -> Money | None:
    """This will read the amount that stands in a form's field; a bad one is that field's error."""
    text = form.cleaned_data.get(name, "")
    if not text or not currency:
        return None
    try:
        return Money.parse(text, currency)
    except (MoneyError, UnknownCurrency) as error:
        form.add_error(name, str(error))
        return None


def day_of(text: str) -> date | None:
    """This will read a day out of an address; anything else is no filter."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

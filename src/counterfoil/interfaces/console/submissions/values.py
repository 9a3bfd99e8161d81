"""Values of details as people read them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import DetailView, LineView
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money
from counterfoil.interfaces.web.presenters import (
    format_count,
    format_day,
    format_period,
    show_money,
)


def show_value(value: Any, options: tuple[tuple[str, str], ...] = ()) -> str:
    """This will write a detail's value: a choice by its title, an amount, a day, a period."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Money):
        return str(show_money(value))
    if isinstance(value, Period):
        return format_period(value.start, value.end)
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, int):
        return format_count(value)
    return dict(options).get(str(value), str(value))


def show_detail(detail: DetailView) -> str:
    """This will write a detail, or what was typed where it could not be read."""
    return show_value(detail.value, detail.options) or detail.typed


def plain_entry(detail: DetailView) -> str:
    """This will write a value as a field takes it back."""
    value = detail.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return value.format_plain()
    if isinstance(value, Period):
        return f"{value.start.isoformat()}/{value.end.isoformat()}"
    if isinstance(value, date):
        return value.isoformat()
    return detail.typed if value is None else str(value)


def line_name(line: LineView) -> str:
    """This will name an invoice line: supplier and invoice number, else its place."""
    number = line.value("number")
    return f"{number}/{line.number}" if number else _("line %(number)s") % {"number": line.number}

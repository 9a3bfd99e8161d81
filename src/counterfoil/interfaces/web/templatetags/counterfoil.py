"""Tags and filters of our templates: `{% icon %} {% status %} {% money %} {% moment %}` and so on.

Each tag prints the partial of the same name, so the markup exists once.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import get_template

from counterfoil.core.money import Money
from counterfoil.interfaces.web import presenters

register = template.Library()


@register.inclusion_tag("web/_icon.html")
def icon(name: str) -> dict[str, Any]:
    """Print the icon of that name; it is hidden from readers, the word stands beside it."""
    return {"name": name}


@register.inclusion_tag("web/_status.html")
def status(s: presenters.Status, look: str = "") -> dict[str, Any]:
    """Print icon and word of a status; `look` is `tint`, `wrap` or empty."""
    return {"s": s, "look": look}


@register.inclusion_tag("web/_money.html")
def money(m: Money | presenters.MoneyText) -> dict[str, Any]:
    """Print an amount with its currency code in a lighter tone."""
    return {"m": presenters.show_money(m) if isinstance(m, Money) else m}


@register.inclusion_tag("web/_moment.html", takes_context=True)
def moment(
    context: template.Context, m: datetime | presenters.MomentText, zone: str = ""
) -> dict[str, Any]:
    """Print a moment as `<time>`; the zone is the argument, or the page's `zone`, or UTC."""
    if isinstance(m, datetime):
        return {"m": presenters.show_moment(m, zone or context.get("zone") or "UTC")}
    return {"m": m}


@register.inclusion_tag("web/_moment.html")
def day(on: date) -> dict[str, Any]:
    """Print a date as `<time>`."""
    return {"m": presenters.show_day(on)}


@register.inclusion_tag("web/_clock.html")
def clock(c: presenters.ClockText) -> dict[str, Any]:
    """Print the time left and the meter."""
    return {"c": c}


@register.inclusion_tag("web/_glance.html")
def glance(items: list[presenters.GlanceItem]) -> dict[str, Any]:
    """Print how many criteria pass, fail, need information or do not apply."""
    return {"glance": items}


@register.inclusion_tag("web/_field.html")
def field(f: presenters.FieldPart | BoundField, hint: str | None = None) -> dict[str, Any]:
    """Print a form field: label, hint, error, control; `hint` stands in for the field's own."""
    part = presenters.field_of(f) if isinstance(f, BoundField) else f
    return {"f": part if hint is None else replace(part, hint=hint)}


@register.inclusion_tag("web/_empty.html")
def empty_state(e: presenters.Empty) -> dict[str, Any]:
    """Print an empty state."""
    return {"e": e}


@register.inclusion_tag("web/_act.html")
def act(a: presenters.Act) -> dict[str, Any]:
    """Print an act as a link that the dialog loads, or as a disabled button that says why."""
    return {"a": a}


@register.simple_tag
def sample(name: str) -> str:
    """Print a partial with its sample data; only for the style guide."""
    from counterfoil.interfaces.web.samples import samples

    return get_template(f"web/{name}.html").render(samples()[name])


register.filter("count", presenters.format_count)
register.filter("share", presenters.format_share)
register.filter("size", presenters.format_size)
register.filter("day", presenters.format_day)
register.filter("initials", presenters.initials)
register.filter("short_hash", presenters.short_hash)
register.filter("span", presenters.format_span)

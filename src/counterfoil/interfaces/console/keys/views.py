"""API keys: one's own, everybody's for an administrator; made once, revoked at once."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.errors import KeyRefused, UnknownKey
from counterfoil.apps.access.selectors import get_key, list_keys
from counterfoil.apps.access.services import make_key, revoke_key
from counterfoil.apps.access.types import KeyMade, KeyRow
from counterfoil.interfaces.console.acts import ActPage, answer, sentence
from counterfoil.interfaces.console.forms import choice_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status
from counterfoil.interfaces.web.requests import KnownRequest

STATES = {
    "active": Status(gettext_lazy("In force"), "pass", "ok"),
    "expired": Status(gettext_lazy("Ended"), "clock", "mute"),
    "revoked": Status(gettext_lazy("Revoked"), "x", "mute"),
}
SPANS = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
)


class KeyForm(forms.Form):
    """What the key is for and how long it lives."""

    name = text_field(
        gettext_lazy("Name"),
        hint=gettext_lazy("The program that will use it, such as: Month-end workbook."),
        length_max=80,
    )
    days = choice_field(gettext_lazy("Good for"), SPANS)


@shown_to("keys.make")
def keys(request: KnownRequest) -> HttpResponse:
    """This will list the person's API keys; an administrator sees everybody's."""
    sees_all = may_somewhere(request.me, "keys.revoke")
    owner = None if sees_all else request.me.user_pk
    make = Act(_("Make a key"), reverse("console:key_new"), "plus", "main-act")
    context = {
        "crumbs": [Crumb(_("API keys"))],
        "head": Head(
            _("API keys"),
            _("With a key a program reads what you may read: it changes nothing, and it ends."),
            acts=acts_for(request.me, ("keys.make", make)),
        ),
        "tables": [_table(request, list_keys(owner_pk=owner, at=request.at), make)],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("keys.make")
def new(request: KnownRequest) -> HttpResponse:
    """This will make a key and show its secret, this once."""
    form = KeyForm(request.POST or None)
    made: list[KeyMade] = []

    def do() -> str:
        data = form.cleaned_data
        key = make_key(name=data["name"], days=int(data["days"]), by=request.me, at=request.at)
        made.append(key)
        return ""

    act = ActPage(
        title=_("Make an API key"),
        confirm=_("Make the key"),
        back_url=reverse("console:keys"),
        form=form,
        notice=_("It reads as you, with your roles of that day. The secret is shown once."),
    )
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except KeyRefused as error:
            form.add_error(None, sentence(str(error)))
    if not made:
        return answer(request, act, do)
    (key,) = made
    context = {
        "title": _("Your new key"),
        "token": key.token,
        "until": moment_of(request, key.expires_at),
        "base": request.build_absolute_uri("/api/v1/"),
        "back_url": act.back_url,
    }
    response = pages.act(request, context, door="console", fragment="console/keys/_made.html")
    response["Cache-Control"] = "no-store"
    return response


@shown_to("keys.make")
def revoke(request: KnownRequest, key_id: str) -> HttpResponse:
    """This will end a key at once."""
    found = get_key(key_id=key_id, at=request.at)
    is_mine = found.owner_id == request.me.id
    if not is_mine and not may_somewhere(request.me, "keys.revoke"):
        raise UnknownKey("there is no such API key")

    def do() -> str:
        revoke_key(key_id=key_id, by=request.me, at=request.at)
        return _("The key %(name)s is revoked.") % {"name": found.name}

    act = ActPage(
        title=_("Revoke the key %(name)s") % {"name": found.name},
        confirm=_("Revoke"),
        confirm_tone="danger",
        back_url=reverse("console:keys"),
        facts=[
            (_("Made by"), found.owner_name),
            (_("Used last"), str(moment_of(request, found.last_used_at) or _("never"))),
        ],
        notice=_("The program that uses it is refused from its next call on."),
    )
    return answer(request, act, do)


def _table(request: KnownRequest, rows: tuple[KeyRow, ...], make: Act) -> Table:
    return Table(
        "keys",
        _("Keys"),
        [
            Column(_("Name")),
            Column(_("State")),
            Column(_("Made by")),
            Column(_("Used last")),
            Column(_("Good until")),
            Column(""),
        ],
        [_row(request, each) for each in rows],
        Empty(
            _("No key yet"),
            _("A spreadsheet or a report reads the same figures as these pages with a key."),
            "lock",
            make.url,
            make.label,
        ),
    )


def _row(request: KnownRequest, each: KeyRow) -> Row:
    revoke = Act(_("Revoke"), reverse("console:key_revoke", args=[each.id]), tone="quiet")
    return Row(
        [
            Cell(each.name, note=each.id),
            Cell(status=STATES[each.state]),
            Cell(each.owner_name),
            Cell(moment=moment_of(request, each.last_used_at))
            if each.last_used_at
            else Cell(_("never"), css="muted"),
            Cell(moment=moment_of(request, each.expires_at)),
            Cell(act=revoke) if each.state == "active" else Cell(),
        ],
        id=each.id,
    )

"""The mailbox: what went out, to whom, about what; in the demo nothing leaves the machine."""

import re

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.messaging.selectors import find_mail, list_mail
from counterfoil.apps.messaging.types import OutboxRow
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import MAIL_STATES, moment_of, submission_url
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty
from counterfoil.interfaces.web.requests import KnownRequest

SECRET_LINK = re.compile(r"\S*/(?:join|answer)/\S+")


@shown_to("mail.view")
def mailbox(request: KnownRequest) -> HttpResponse:
    """This will list mail, newest first."""
    ask = request.GET.get
    found = list_mail(
        to_email=ask("q", "").strip(),
        about=ask("about", ""),
        state=ask("state", ""),
        cursor=ask("after", ""),
    )
    is_filtered = bool(request.GET)
    table = Table(
        "mail",
        _("Mail"),
        [Column(_("Subject")), Column(_("To")), Column(_("State")), Column(_("Written"))],
        [
            Row(
                [
                    Cell(row.mail.subject, reverse("console:mail", args=[row.mail.id])),
                    Cell(row.mail.to_name, note=row.mail.to_email),
                    Cell(status=MAIL_STATES[row.state]),
                    Cell(moment=moment_of(request, row.queued_at), css="nowrap"),
                ],
                id=row.mail.id,
                is_bad=row.state == "failed",
            )
            for row in found.rows
        ],
        Empty(
            _("No mail fits") if is_filtered else _("No mail yet"),
            _("Search takes a whole mail address.")
            if is_filtered
            else _("Letters to partners, invitations and reminders stand here as they were sent."),
            "mail",
            reverse("console:mailbox") if is_filtered else "",
            _("Show all mail"),
        ),
        pager=pager_of(request, shown=len(found.rows), next_cursor=found.next_cursor),
    )
    states = [(key, each.word) for key, each in MAIL_STATES.items()]
    context = {
        "crumbs": [Crumb(_("Mailbox"))],
        "head": Head(_("Mailbox"), _("Every mail that this installation wrote.")),
        "filters": Filters(
            reverse("console:mailbox"),
            _("Search mail"),
            text=ask("q", ""),
            placeholder=_("Mail address of the recipient"),
            fields=[picked("state", _("State"), states, ask("state", ""), _("Every state"))],
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("mail.view")
def mail(request: KnownRequest, mail_id: str) -> HttpResponse:
    """This will show one mail as its recipient reads it."""
    row = find_mail(mail_id=mail_id)
    if row is None:
        raise Http404
    context = {
        "crumbs": [Crumb(_("Mailbox"), reverse("console:mailbox")), Crumb(row.mail.subject)],
        "head": Head(row.mail.subject, status=MAIL_STATES[row.state]),
        "facts": _facts(request, row),
        "about_url": submission_url(row.about) if row.about.startswith("sub_") else "",
        "body": _shown_body(row),
        "language": row.mail.language,
        "last_error": row.last_error,
    }
    return pages.page(request, "console/mail/mail.html", context)


def _shown_body(row: OutboxRow) -> str:
    """Return the text without a link that lets its holder in: it is the recipient's alone.

    Whoever reads the mailbox could else take the seat of the person who is invited, that of the
    second person of a payment included. Only the demo shows it: there everybody is everybody.
    """
    if settings.DEMO:
        return row.mail.body
    return SECRET_LINK.sub(_("(the link stands in the mail itself only)"), row.mail.body)


def _facts(request: KnownRequest, row: OutboxRow) -> list[tuple[str, str]]:
    facts = [
        (_("To"), f"{row.mail.to_name} <{row.mail.to_email}>"),
        (_("Written"), str(moment_of(request, row.queued_at))),
        (_("Text"), row.template.replace("-", " ")),
    ]
    if row.sent_at:
        facts.append((_("Sent"), str(moment_of(request, row.sent_at))))
    if row.attempts:
        facts.append((_("Attempts"), str(row.attempts)))
    return facts

"""Letters to a partner about a submission: who gets them, in which language, with which words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.selectors import list_members
from counterfoil.apps.submissions.types import Head
from counterfoil.core.playbooks import Playbook


def tell_partner(
    *,
    head: Head,
    playbook: Playbook,
    event: str,
    context: Mapping[str, str],
    about: str = "",
    at: datetime,
) -> None:
    """This will queue the letter that the playbook names for `event`, to each of the people.

    It goes to the partner's administrators and, without any, to all of its people. One act, one
    letter: the same act again queues nothing. Raises PlaceholderMissing, UnknownTemplate.
    """
    template = playbook.notice(event)
    if template is None:
        return
    members = list_members(partner_pk=head.partner_id)
    chosen = [member for member in members if member.role == "partner_admin"] or list(members)
    for member in chosen:
        queue_mail(
            template=template,
            to_email=member.email,
            to_name=member.name,
            language=head.partner_language,
            context={
                "title": title_of(head),
                "link": link_to(head),
                "vendor": head.fund.legal_entity,
                **context,
            },
            partner_id=head.partner_id,
            about=head.public_id,
            idem_key=f"{head.public_id}:{event}:{about or head.revision}:{member.id}",
            at=at,
        )


def title_of(head: Head) -> str:
    """This will name a submission for a person who has many."""
    return " · ".join(part for part in (head.number, head.title) if part) or head.public_id


def link_to(head: Head) -> str:
    """This will return the address of a submission in the portal."""
    return f"{settings.PUBLIC_URL}/portal/submissions/{head.public_id}/"


def day_words(on: date | datetime | None, *, head: Head) -> str:
    """This will write a day in the partner's language, a moment as its day in the zone."""
    if on is None:
        return "–"
    day = on.astimezone(ZoneInfo(head.fund.zone)).date() if isinstance(on, datetime) else on
    language = head.partner_language
    with translation.override(language):
        return date_format(day, "j. F Y" if language.startswith("de") else "M j, Y")


def point_words(points: Iterable[str]) -> str:
    """This will write points one below the other."""
    return "\n".join(f"- {point}" for point in points) or "-"

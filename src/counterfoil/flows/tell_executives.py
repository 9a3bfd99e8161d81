"""The decision letter to account executives: what was decided, criterion by criterion."""

from datetime import datetime

from counterfoil.apps.access.selectors import find_recipient_by_email
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.submissions.selectors.inquiries import inquiries_of
from counterfoil.apps.submissions.types import Head, InquiryView
from counterfoil.core.adjudication import Adjudication
from counterfoil.core.inquiries import Answer
from counterfoil.flows.tell import day_words, point_words

_WORDS = {
    "en": {
        "qualified": "validated",
        "declined": "not validated",
        "duplicate": "not validated, it repeats something",
        "pass": "met",
        "fail": "not met",
        "unknown": "not known",
        "not_applicable": "does not apply",
        Answer.CONFIRM: "you confirmed it",
        Answer.DISPUTE: "you disputed it",
        Answer.NOT_MINE: "you said it is not your deal",
        Answer.UNKNOWN: "you said that you don't know",
        "silent": "you did not answer",
    },
    "de": {
        "qualified": "anerkannt",
        "declined": "nicht anerkannt",
        "duplicate": "nicht anerkannt, es wiederholt etwas",
        "pass": "erfüllt",
        "fail": "nicht erfüllt",
        "unknown": "nicht bekannt",
        "not_applicable": "trifft nicht zu",
        Answer.CONFIRM: "Sie haben zugestimmt",
        Answer.DISPUTE: "Sie haben widersprochen",
        Answer.NOT_MINE: "Sie sagten, es sei nicht Ihr Geschäft",
        Answer.UNKNOWN: "Sie sagten, dass Sie es nicht wissen",
        "silent": "Sie haben nicht geantwortet",
    },
}


def tell_executives(
    *, head: Head, adjudication: Adjudication, outcome: str, decision_id: str, at: datetime
) -> int:
    """This will write to each account executive who was asked, once a decision; returns how many.

    A question that was taken back is written to nobody. `outcome` is qualified, declined or
    duplicate.
    """
    told = 0
    for inquiry in inquiries_of(head.public_id):
        if inquiry.is_revoked:
            continue
        name, email = inquiry.holder
        known = find_recipient_by_email(email=email)
        language = known.language.split("-")[0] if known else "en"
        words = _WORDS.get(language, _WORDS["en"])
        queue_mail(
            template="inquiry-decided", to_email=email, to_name=name, language=language,
            partner_id=0, about=head.public_id, at=at,
            context={
                "partner": head.partner_name,
                "deal": inquiry.deal,
                "title": head.title or head.number,
                "answer": words[_answer(inquiry)],
                "result": words[outcome],
                "decided_on": day_words(at, head=head),
                "points": point_words(_points(adjudication, words, language)),
                "asker": inquiry.asked_by_name,
            },
            idem_key=f"{inquiry.inquiry_id}:decided:{decision_id}",
        )  # fmt: skip
        told += 1
    return told


def _answer(inquiry: InquiryView) -> str:
    given = inquiry.answer
    return "silent" if given is None else str(given.answer)


def _points(adjudication: Adjudication, words: dict[str, str], language: str) -> list[str]:
    """Return a line for each criterion, the worst of its lines where it looks at lines."""
    order = ("fail", "unknown", "pass", "not_applicable")
    found: dict[str, tuple[str, str]] = {}
    for each in adjudication.results:
        said = str(each.outcome.value)
        known = found.get(each.criterion.id)
        if known is None or order.index(said) < order.index(known[1]):
            found[each.criterion.id] = (each.criterion.title.say(language), said)
    return [f"{name} {title}: {words[said]}" for name, (title, said) in found.items()]

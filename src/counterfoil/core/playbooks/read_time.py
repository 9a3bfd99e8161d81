"""Reads what a playbook promises: clocks, resubmission, appeal, second looks, notices, texts."""

from counterfoil.core.playbooks.model import (
    Appeal,
    Escalation,
    OurClock,
    PartnerClock,
    Resubmission,
    ReviewRules,
    Role,
    Route,
    Sla,
    Span,
    SpanUnit,
    Text,
)
from counterfoil.core.playbooks.nodes import Node
from counterfoil.core.playbooks.reader import CODE, KEY, Reader

TEXTS = ("introduction", "before_you_send", "after_you_sent")
"""The places of the guided form that show a text of the playbook."""

REVIEW_KEYS = ("blind_second_review", "sample_automatic", "stop_automation_above")
"""What `review` may say; each is a rate."""

_BUSINESS = (SpanUnit.BUSINESS_DAYS, SpanUnit.BUSINESS_HOURS)


def read_sla(reader: Reader, node: Node | None) -> Sla | None:
    """Return both clocks."""
    keys = reader.mapping(node, "sla", required=("ours", "partner"))
    ours = _ours(reader, keys.get("ours"))
    partner = _partner(reader, keys.get("partner"))
    return Sla(ours, partner) if ours is not None and partner is not None else None


def _ours(reader: Reader, node: Node | None) -> OurClock | None:
    keys = reader.mapping(
        node, "sla.ours", required=("decision", "escalate"), optional=("triage",)
    )
    decision = reader.span(keys.get("decision"), "sla.ours.decision", _BUSINESS)
    triage = (
        reader.span(keys["triage"], "sla.ours.triage", _BUSINESS) if "triage" in keys else None
    )
    steps: list[Escalation] = []
    for path, item in reader.items(keys.get("escalate"), "sla.ours.escalate", at_least=1):
        inner = reader.mapping(item, path, required=("at", "to"))
        share = _share(reader, inner.get("at"), f"{path}.at")
        role = reader.one_of(inner.get("to"), f"{path}.to", Role, "a role")
        if share is None or role is None:
            continue
        if steps and share <= steps[-1].at_percent:
            reader.problem(
                item,
                f"{path}.at",
                "The steps are not in the order of their time.",
                "Put the smaller share first.",
            )
        steps.append(Escalation(share, role))
    return OurClock(decision, triage, tuple(steps)) if decision is not None else None


def _share(reader: Reader, node: Node | None, path: str) -> int | None:
    text = reader.string(node, path, "a share of the time")
    if text is None or node is None:
        return None
    digits = text.removesuffix("%")
    if (
        not text.endswith("%")
        or not digits.isascii()
        or not digits.isdigit()
        or not 1 <= int(digits) <= 1000
    ):
        reader.problem(
            node,
            path,
            f"{text!r} is not a share of the time.",
            "Write a whole percentage, as in 80%.",
        )
        return None
    return int(digits)


def _partner(reader: Reader, node: Node | None) -> PartnerClock | None:
    keys = reader.mapping(node, "sla.partner", required=("answer", "remind", "then", "reopen_for"))
    answer = reader.span(keys.get("answer"), "sla.partner.answer", (SpanUnit.BUSINESS_DAYS,))
    remind: list[int] = []
    for path, item in reader.items(keys.get("remind"), "sla.partner.remind"):
        days = reader.whole(item, path, least=1, most=365)
        if days is not None and remind and days <= remind[-1]:
            reader.problem(
                item, path, "The reminders are not in order.", "Put the earlier day first."
            )
        if days is not None and answer is not None and days >= answer.count:
            reader.problem(
                item,
                path,
                f"A reminder on day {days} comes after the time is over.",
                f"The time is {answer}.",
            )
        if days is not None:
            remind.append(days)
    inner = reader.mapping(keys.get("then"), "sla.partner.then", required=("close",))
    code = reader.pattern(
        inner.get("close"),
        "sla.partner.then.close",
        CODE,
        "a reason code",
        "Use capitals, as in NO_RESPONSE.",
    )
    reopen = reader.span(
        keys.get("reopen_for"), "sla.partner.reopen_for", (SpanUnit.DAYS, SpanUnit.BUSINESS_DAYS)
    )
    if answer is None or code is None or reopen is None:
        return None
    return PartnerClock(answer, tuple(remind), code, reopen)


def read_resubmission(reader: Reader, node: Node | None) -> Resubmission | None:
    """Return how often a returned submission may come back."""
    keys = reader.mapping(node, "resubmission", required=("rounds", "within"))
    rounds = reader.whole(keys.get("rounds"), "resubmission.rounds", least=1, most=20)
    within: Span | None = reader.span(
        keys.get("within"), "resubmission.within", (SpanUnit.BUSINESS_DAYS, SpanUnit.DAYS)
    )
    return Resubmission(rounds, within) if rounds is not None and within is not None else None


def read_appeal(reader: Reader, node: Node | None) -> Appeal | None:
    """Return within what time a refusal may be appealed; a file without the key allows none."""
    if node is None:
        return None
    keys = reader.mapping(node, "appeal", required=("within",))
    within = reader.span(keys.get("within"), "appeal.within", (SpanUnit.DAYS,))
    return Appeal(within) if within is not None else None


def read_review(
    reader: Reader, node: Node | None, routing: tuple[Route, ...]
) -> ReviewRules | None:
    """Return which share is looked at twice; a file without the key has nothing looked at twice.

    Automatic approvals that are sampled need a limit at which they stop, and a limit needs a
    sample.
    """
    keys = (
        {} if node is None else reader.mapping(node, "review", required=(), optional=REVIEW_KEYS)
    )
    found = {name: reader.percent(inner, f"review.{name}") for name, inner in keys.items()}
    sampled, limit = (found.get(name) for name in REVIEW_KEYS[1:])
    if node is not None and (sampled is None) != (limit is None):
        reader.problem(
            node,
            "review",
            "A sample of automatic approvals and the error rate that stops them belong together.",
            "Give both sample_automatic and stop_automation_above, or neither.",
        )
    if node is not None and sampled == 0:
        reader.problem(
            keys["sample_automatic"],
            "review.sample_automatic",
            "A sample of 0% never finds an error.",
            "Write a larger share, or leave both keys out.",
        )
    if node is not None and sampled and not any(row.automatic for row in routing):
        reader.problem(
            keys["sample_automatic"],
            "review.sample_automatic",
            "No row of the routing approves automatically, so there is nothing to sample.",
            "Leave the key out, or add a row with decide: approved_automatically.",
        )
    return ReviewRules(found.get(REVIEW_KEYS[0]) or 0, sampled or 0, limit)


def read_notices(
    reader: Reader, node: Node | None, needed: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the template key of each moment."""
    keys = reader.mapping(node, "notices", required=needed)
    found = []
    for name, inner in keys.items():
        key = reader.pattern(
            inner,
            f"notices.{name}",
            KEY,
            "the key of a template",
            "Use lower-case words joined by -, as in claim-paid.",
        )
        if key is not None:
            found.append((name, key))
    return tuple(found)


def read_texts(reader: Reader, node: Node | None) -> tuple[tuple[str, Text], ...]:
    """Return the texts of the guided form."""
    found = []
    for name, inner in reader.mapping(
        node, "texts", required=("introduction",), optional=TEXTS[1:]
    ).items():
        text = reader.text(inner, f"texts.{name}")
        if text is not None:
            found.append((name, text))
    return tuple(found)

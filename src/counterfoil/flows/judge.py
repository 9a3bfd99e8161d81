"""Judging a submission as it stands: look over all partners, build the case, adjudicate, record.

Screening and every reviewer's act that changes a detail end here; nothing in it changes a state.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from counterfoil.apps.payouts.selectors import payees_of
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.ports import FileFlag
from counterfoil.apps.submissions.selectors.cases import (
    case_of,
    current_details,
    playbook_of,
    submitted_on,
    with_checked,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.inquiries import steps_on
from counterfoil.apps.submissions.selectors.rivals import (
    keys_of_line,
    readings_of,
    self_dealing_hits,
    uses_of_deal,
    uses_of_files,
    uses_of_invoices,
)
from counterfoil.apps.submissions.types import (
    Established,
    FileReading,
    Finding,
    Head,
    Judgment,
    Screened,
    Use,
)
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Case, Fact, Line, adjudicate, system
from counterfoil.core.comparison import Difference, Document, compare_line
from counterfoil.core.decisions import CountedDays
from counterfoil.core.inquiries import Answer, fact_of
from counterfoil.core.playbooks import Playbook

INDEX = "compared with all submissions"


def judge_submission(
    *, submission_id: str, by: Actor, at: datetime
) -> tuple[Head, Judgment, Screened]:
    """This will judge a submission as it stands and store the screening.

    Runs as staff or worker. Raises UnknownSubmission, NoPlaybookInForce.
    """
    head = get_head(submission_id, by=by)
    ref = playbook_of(head, at=at)
    judgment = judged(head, ref, at=at)
    screening_id, sha256 = services.record_screening(head=head, judgment=judgment, by=by, at=at)
    adjudication = judgment.adjudication
    screened = Screened(
        screening_id, sha256, adjudication.outcome.value, adjudication.action.value, head.state
    )
    return head, judgment, screened


def judged(
    head: Head,
    ref: PlaybookRef,
    *,
    at: datetime,
    details: Mapping[str, Established] | None = None,
) -> Judgment:
    """This will adjudicate with all that only a look over all partners can tell.

    `details` are judged in place of what is recorded: a blind reviewer's own findings.
    """
    playbook = ref.playbook
    answers = current_details(head.pk) if details is None else details
    plain, readings = case_of(head, playbook, at=at, details=answers), readings_of(head.pk)
    findings: list[Finding] = []
    facts = {
        **_file_facts(head, playbook, readings, findings),
        **payee_facts(head, playbook),
        **_answer_facts(head),
        **_credit_facts(head, playbook, plain, findings),
    }
    lines = _line_facts(head, plain, answers, findings)
    _differences(plain, playbook, readings, findings, currency=head.currency)
    case = with_checked(plain, facts, lines)
    adjudication = adjudicate(playbook, case, on=head.pinned_on or submitted_on(head, at=at))
    counter = case.add_business_days
    days = counter.answers if isinstance(counter, CountedDays) else ()
    return Judgment(case, adjudication, days, tuple(findings))


def payee_facts(head: Head, playbook: Playbook) -> dict[str, Fact]:
    """This will say what the payee tells about the sum; nothing while nobody is to be paid."""
    if not playbook.kind.pays:
        return {}
    for payee in payees_of(partner_id=head.partner_id):
        if payee.currency == head.currency:
            source = f"payee {payee.public_id}"
            return {"payee.recovers_tax": system(payee.tax_recoverable, source)}
    return {}


def _answer_facts(head: Head) -> dict[str, Fact]:
    """Say what account executives answered; nothing while they are silent or disagree."""
    said = fact_of(steps_on(head.pk))
    if said is None:
        return {}
    source = "answered by a mailed link"
    answer = {"account_executive.answer": system(str(said), source)}
    if said is Answer.UNKNOWN:
        return answer
    refutes = said in (Answer.DISPUTE, Answer.NOT_MINE)
    return answer | {"account_executive.refutes": system(refutes, source)}


def _credit_facts(
    head: Head, playbook: Playbook, case: Case, findings: list[Finding]
) -> dict[str, Fact]:
    """Say whether the deal was credited before, or is claimed by others, and whose customer it is.

    A deal is named by `opportunity_id`; without it nothing is said of it. The customer's name and
    mail domain (`customer_name`, `customer_email`) are compared with the partner's own.
    """
    if not playbook.kind.is_credit:
        return {}
    facts: dict[str, Fact] = {}
    deal = case.facts.get("opportunity_id")
    if deal is not None:
        uses = uses_of_deal(str(deal.value), head=head)
        before = tuple(use for use in uses if use.is_approved)
        others = tuple(use for use in uses if use.partner_id != head.partner_id)
        for kind, found, words in (
            ("deal_credited_before", before, "This deal was credited in"),
            ("deal_claimed_by_another", others, "Another partner claims this deal in"),
        ):
            if found:
                data = [{"submission": use.submission_id, "number": use.number} for use in found]
                numbers = ", ".join(dict.fromkeys(use.number for use in found))
                findings.append(
                    Finding(kind, "opportunity_id", f"{words} {numbers}.", {"uses": data})
                )
        facts["duplicate_credit"] = system(bool(before), INDEX)
        facts["competing_credit"] = system(bool(others), INDEX)
    named = {"supplier": "customer_name", "supplier_email": "customer_email"}
    known = {key: case.facts[name] for key, name in named.items() if name in case.facts}
    if known:
        hits = self_dealing_hits(Line("customer", known), partner_id=head.partner_id)
        for hit in hits:
            findings.append(
                Finding(
                    "self_dealing",
                    "customer_name",
                    f"{hit.supplier_text} and {hit.partner_text}: {hit.sign.replace('_', ' ')}",
                    {"sign": str(hit.sign), "shared": hit.shared},
                )
            )
        facts["customer.is_partner"] = system(bool(hits), "compared with the partner's own data")
    return facts


def _file_facts(
    head: Head, playbook: Playbook, readings: Sequence[FileReading], findings: list[Finding]
) -> dict[str, Fact]:
    uses = uses_of_files(
        readings,
        head=head,
        is_activity_proof={rule.name: rule.proves == "activity" for rule in playbook.evidence},
    )
    for reading in readings:
        for flag in reading.flags:
            if flag == FileFlag.NO_TEXT and reading.media_type.startswith("image/"):
                # A photo has no text; a person looks at it.
                continue
            findings.append(
                Finding(
                    "file_flag", reading.evidence_id, f"{reading.name}: {flag}", {"flag": flag}
                )
            )
        if reading.evidence_id in uses:
            findings.append(
                Finding(
                    "evidence_seen_before",
                    reading.evidence_id,
                    f"{reading.name} was used in {_numbers(uses[reading.evidence_id])}.",
                    {"uses": _uses(uses[reading.evidence_id])},
                )
            )
    return {"duplicate_evidence": system(bool(uses), INDEX)}


def _line_facts(
    head: Head, case: Case, answers: Mapping[str, Established], findings: list[Finding]
) -> dict[str, dict[str, Fact]]:
    keys = {line.id: keys_of_line(line) for line in case.lines}
    wanted = {key for pair in keys.values() if pair for key in pair}
    uses = uses_of_invoices(wanted, submission_id=head.public_id)
    facts: dict[str, dict[str, Fact]] = {}
    for line in case.lines:
        facts[line.id] = {
            **_self_dealing(line, head, findings),
            **_duplicate(line, keys[line.id], uses, head, findings),
        }
        # A person who looked at both invoices settles what the index could not.
        answer = answers.get(f"line.{line.id}.duplicate_invoice")
        if answer is not None and "duplicate_invoice" not in facts[line.id]:
            facts[line.id]["duplicate_invoice"] = system(
                answer.value, f"{INDEX}; judged by {answer.source}"
            )
    return facts


def _self_dealing(line: Line, head: Head, findings: list[Finding]) -> dict[str, Fact]:
    if not any(name in line.facts for name in ("supplier", "supplier_tax_id")):
        return {}
    hits = self_dealing_hits(line, partner_id=head.partner_id)
    for hit in hits:
        findings.append(
            Finding(
                "self_dealing",
                f"line:{line.id}",
                f"{hit.supplier_text} and {hit.partner_text}: {hit.sign.replace('_', ' ')}",
                {"sign": str(hit.sign), "shared": hit.shared},
            )
        )
    return {"self_dealing": system(bool(hits), "compared with the partner's own data")}


def _duplicate(
    line: Line,
    pair: tuple[str, str] | None,
    uses: Mapping[str, tuple[Use, ...]],
    head: Head,
    findings: list[Finding],
) -> dict[str, Fact]:
    """Return whether the line's invoice was used before; nothing where a person must judge.

    The very same line is a repetition. One invoice goes to one customer, so its number at another
    partner is one as well; at the same partner it may be another line of it: that is asked.
    """
    if pair is None:
        return {}
    exact, wide = pair
    same, other = uses.get(exact, ()), uses.get(wide, ())
    elsewhere = tuple(use for use in other if use.partner_id != head.partner_id)
    found = same or elsewhere or other
    if found:
        findings.append(
            Finding(
                "invoice_seen_before",
                f"line:{line.id}",
                f"This invoice was used in {_numbers(found)}.",
                {"uses": _uses(found), "is_certain": bool(same or elsewhere)},
            )
        )
    if same or elsewhere:
        return {"duplicate_invoice": system(value=True, source=INDEX)}
    return {} if other else {"duplicate_invoice": system(value=False, source=INDEX)}


def _differences(
    case: Case,
    playbook: Playbook,
    readings: Sequence[FileReading],
    findings: list[Finding],
    *,
    currency: str,
) -> None:
    source = playbook.lines.from_evidence if playbook.lines else None
    documents = [
        Document(reading.evidence_id, reading.name, reading.page_texts)
        for reading in readings
        if reading.kind == source
    ]
    for line in case.lines:
        stated = {name: fact.value for name, fact in line.facts.items()}
        for found in compare_line(stated, documents, currency=currency):
            if isinstance(found, Difference):
                findings.append(
                    Finding(
                        "differs_from_document",
                        f"line.{line.id}.{found.name}",
                        f"{found.name}: stated {found.stated}, the document says {found.seen}.",
                        found.to_json(),
                    )
                )


def _numbers(uses: tuple[Use, ...]) -> str:
    return ", ".join(dict.fromkeys(use.number for use in uses))


def _uses(uses: tuple[Use, ...]) -> list[dict[str, str]]:
    return [{"submission": use.submission_id, "number": use.number} for use in uses]

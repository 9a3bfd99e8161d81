"""What a screening says, shaped for a page: criteria with their traces, the sum step by step."""

from collections.abc import Mapping

from counterfoil.apps.submissions.types import (
    AmountView,
    CriterionView,
    Finding,
    Judgment,
    ScreeningView,
    StepView,
    StoredScreening,
)
from counterfoil.core.adjudication import Adjudication
from counterfoil.core.adjudication.amount import AmountResult
from counterfoil.core.criteria import Outcome
from counterfoil.core.explain import missing_words, rule_words, trace_words
from counterfoil.core.playbooks import CriterionResult, Playbook

_SYSTEM_LABELS = {
    "en": {
        "submitted_on": "Received on",
        "partner.name": "Partner",
        "partner.is_active": "The partner is active",
        "partner.tier": "Tier",
        "partner.region": "Region",
        "partner.country": "Country",
        "agreement.in_force": "An agreement is in force",
        "fund.currency": "Currency of the fund",
        "fund.opens_on": "First day of the fund",
        "fund.closes_on": "Last day of the fund",
        "fund.available": "Available in the fund",
        "duplicate_evidence": "A file was used before",
        "duplicate_request": "The activity was requested before",
        "request.approved_on": "Pre-approved on",
        "request.activity": "Pre-approved activity",
        "request.starts_on": "Pre-approved first day",
        "request.ends_on": "Pre-approved last day",
        "request.approved": "Pre-approved maximum",
        "request.remaining": "Left of the pre-approval",
        "request.is_used_up": "The pre-approval is used up",
        "payee.recovers_tax": "The payee recovers tax",
        "account_executive.answer": "Account executive's answer",
        "account_executive.refutes": "The account executive refutes it",
        "duplicate_credit": "The deal was credited before",
        "competing_credit": "Another partner names the deal",
        "customer.is_partner": "The customer is the partner or related to it",
        "line.duplicate_invoice": "The invoice was used before",
        "line.self_dealing": "The supplier is the partner or related to it",
        "line.currency": "Currency of the invoice",
    },
    "de": {
        "submitted_on": "Eingegangen am",
        "partner.name": "Partner",
        "partner.is_active": "Der Partner ist aktiv",
        "partner.tier": "Stufe",
        "partner.region": "Region",
        "partner.country": "Land",
        "agreement.in_force": "Eine Vereinbarung gilt",
        "fund.currency": "Währung des Fonds",
        "fund.opens_on": "Erster Tag des Fonds",
        "fund.closes_on": "Letzter Tag des Fonds",
        "fund.available": "Im Fonds verfügbar",
        "duplicate_evidence": "Eine Datei wurde schon verwendet",
        "duplicate_request": "Die Aktivität wurde schon beantragt",
        "request.approved_on": "Genehmigt am",
        "request.activity": "Genehmigte Aktivität",
        "request.starts_on": "Genehmigter erster Tag",
        "request.ends_on": "Genehmigter letzter Tag",
        "request.approved": "Genehmigter Höchstbetrag",
        "request.remaining": "Rest der Genehmigung",
        "request.is_used_up": "Die Genehmigung ist aufgebraucht",
        "payee.recovers_tax": "Der Zahlungsempfänger bekommt Steuer zurück",
        "account_executive.answer": "Antwort des Vertriebs",
        "account_executive.refutes": "Der Vertrieb widerspricht",
        "duplicate_credit": "Das Geschäft wurde schon angerechnet",
        "competing_credit": "Ein anderer Partner nennt das Geschäft",
        "customer.is_partner": "Der Kunde ist der Partner oder mit ihm verbunden",
        "line.duplicate_invoice": "Die Rechnung wurde schon verwendet",
        "line.self_dealing": "Der Lieferant ist der Partner oder mit ihm verbunden",
        "line.currency": "Währung der Rechnung",
    },
}


def labels_of(playbook: Playbook, language: str) -> dict[str, str]:
    """This will return the title on screen of each name that a rule may use."""
    labels = dict(_SYSTEM_LABELS.get(language.split("-")[0], _SYSTEM_LABELS["en"]))
    labels |= {field.name: field.title.say(language) for field in playbook.facts}
    if playbook.lines:
        labels |= {
            f"line.{field.name}": field.title.say(language) for field in playbook.lines.fields
        }
    for rule in playbook.evidence:
        title = rule.title.say(language)
        for prefix in ("", "line."):
            labels[f"{prefix}evidence.{rule.name}.complete"] = title
            labels[f"{prefix}evidence.{rule.name}.count"] = title
    for parameter in playbook.parameters:
        if parameter.title:
            labels[parameter.name] = parameter.title.say(language)
    return labels


def screening_view(stored: StoredScreening, judgment: Judgment, *, language: str) -> ScreeningView:
    """This will shape a stored screening for the review page."""
    adjudication = judgment.adjudication
    labels = labels_of(adjudication.playbook, language)
    numbers = {line.id: place for place, line in enumerate(adjudication.case.lines, start=1)}
    counts = {outcome.value: 0 for outcome in Outcome}
    for result in adjudication.results:
        counts[result.outcome.value] += 1
    return ScreeningView(
        screening_id=stored.screening_id,
        sha256=stored.sha256,
        revision=stored.revision,
        outcome=adjudication.outcome.value,
        action=adjudication.action.value,
        screened_at=stored.screened_at,
        criteria=tuple(
            criterion_view(result, adjudication.playbook, labels, numbers, language)
            for result in adjudication.results
        ),
        amount=amount_view(adjudication, language=language),
        approvers_in_turn=tuple(role.value for role in adjudication.route.approvers_in_turn),
        is_automatic=adjudication.route.automatic,
        findings=_in_order(judgment.findings),
        gaps=tuple(gap.say(language) for gap in adjudication.gaps),
        counts=counts,
    )


def criterion_view(
    result: CriterionResult,
    playbook: Playbook,
    labels: Mapping[str, str],
    numbers: Mapping[str, int],
    language: str,
) -> CriterionView:
    """This will shape what one criterion says, with its rule and trace in words."""
    criterion = result.criterion
    code = playbook.code(result.code) if result.code else None
    missing = [item.to_json() for item in result.missing]
    said = missing_words(missing, labels=labels, language=language)
    unknown = criterion.unknown.text
    is_unknown = result.outcome is Outcome.UNKNOWN and unknown is not None
    return CriterionView(
        id=criterion.id,
        title=criterion.title.say(language),
        line_id=result.line or "",
        line_number=numbers.get(result.line or ""),
        result=result.outcome.value,
        code=result.code or "",
        code_words=code.text.say(language) if code else "",
        would_pass=unknown.say(language)
        if is_unknown and unknown is not None
        else criterion.fail.text.say(language),
        is_curable=criterion.fail.curable,
        waits_for=result.waits_for.value if result.waits_for else "",
        missing=tuple(
            (item["name"], item["reason"], words)
            for item, words in zip(missing, said, strict=True)
        ),
        rule=rule_words(criterion.passes.source, labels=labels, language=language),
        trace_lines=trace_words(result.trace, labels=labels, language=language),
        trace=result.trace,
    )


def amount_view(adjudication: Adjudication, *, language: str) -> AmountView | None:
    """This will shape the calculation, or answer None where the currency is not known."""
    amount = adjudication.amount
    if amount is None:
        return None
    labels = labels_of(adjudication.playbook, language)
    return AmountView(
        requested=amount.requested,
        payable=amount.payable,
        steps=steps_of(amount, language=language),
        is_estimate=amount.is_estimate,
        missing=missing_words(
            [item.to_json() for item in amount.missing], labels=labels, language=language
        ),
        lacks_payee=any(item.name.startswith("payee.") for item in amount.missing),
    )


def steps_of(amount: AmountResult, *, language: str) -> tuple[StepView, ...]:
    """This will list the steps of an amount with their titles."""
    return tuple(
        StepView(step.code, step.title.say(language), step.agreed, step.adjustment, step.left)
        for step in amount.steps
    )


def _in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    weight = {
        "invoice_seen_before": 0,
        "evidence_seen_before": 1,
        "self_dealing": 2,
        "differs_from_document": 3,
    }
    return tuple(sorted(findings, key=lambda item: weight.get(item.kind, 9)))

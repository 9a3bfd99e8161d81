"""The details that Counterfoil itself establishes, by kind of playbook; no file declares them.

Their names are part of the format (docs/reference/playbook-format.md lists them). Whoever builds a
case fills them at provenance `system`; one that is not filled is unknown, never assumed.
"""

from counterfoil.core.playbooks.model import Kind, ValueType

_COMMON = {
    "submitted_on": ValueType.DATE,
    "partner.name": ValueType.TEXT,
    "partner.is_active": ValueType.BOOL,
    "partner.tier": ValueType.TEXT,
    "partner.region": ValueType.TEXT,
    "partner.country": ValueType.TEXT,
    "agreement.in_force": ValueType.BOOL,
    "fund.currency": ValueType.TEXT,
    "fund.opens_on": ValueType.DATE,
    "fund.closes_on": ValueType.DATE,
    "fund.available": ValueType.MONEY,
    "duplicate_evidence": ValueType.BOOL,
    "account_executive.answer": ValueType.TEXT,
    "account_executive.refutes": ValueType.BOOL,
}

_PAID = {"payee.recovers_tax": ValueType.BOOL}
_CREDIT = {
    "duplicate_credit": ValueType.BOOL,
    "competing_credit": ValueType.BOOL,
    "customer.is_partner": ValueType.BOOL,
}
_BY_KIND = {
    Kind.FUND_REQUEST: {"duplicate_request": ValueType.BOOL},
    Kind.FUND_CLAIM: {
        "request.approved_on": ValueType.DATE,
        "request.activity": ValueType.TEXT,
        "request.starts_on": ValueType.DATE,
        "request.ends_on": ValueType.DATE,
        "request.approved": ValueType.MONEY,
        "request.remaining": ValueType.MONEY,
        "request.is_used_up": ValueType.BOOL,
        **_PAID,
    },
    Kind.COOP_CLAIM: _PAID,
    Kind.REFERRAL: _CREDIT,
    Kind.INFLUENCE_POP: _CREDIT,
}

LINE = {
    "duplicate_invoice": ValueType.BOOL,
    "self_dealing": ValueType.BOOL,
    "currency": ValueType.TEXT,
}
"""Established for each line, written `line.duplicate_invoice`."""

DERIVED = ("request.is_used_up", "line.currency")
"""Worked out here from other details, never filled by the builder of a case."""

ROUTING = {
    "outcome": ValueType.TEXT,
    "requested": ValueType.MONEY,
    "payable": ValueType.MONEY,
}
"""Known only after the criteria and the amount, so only the routing may name them."""

OUTCOMES = ("qualified", "not_qualified", "needs_information")

RESERVED = frozenset(
    {
        "line",
        "lines",
        "evidence",
        "partner",
        "agreement",
        "fund",
        "request",
        "payee",
        "account_executive",
        "customer",
        *ROUTING,
    }
)
"""Names that a detail of the form may not take."""


def of_kind(kind: Kind) -> dict[str, ValueType]:
    """Return the details of the system that a playbook of `kind` may name."""
    return {**_COMMON, **_BY_KIND[kind]}

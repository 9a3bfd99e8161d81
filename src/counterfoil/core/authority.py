"""The authority table: which role may do what, and up to which limit.

This one table is the code that decides, the table that the tests enumerate, and the page
`docs/reference/permissions.md`, which is generated from it. Maker and checker are kept apart by
`SEPARATED`, again by checks in the database.
"""

from dataclasses import dataclass

from counterfoil.core.actors import PARTNER_ROLES, STAFF_ROLES, Actor
from counterfoil.core.money import Money

OPS = ("operations", "team_lead")
FINANCE = ("finance_maker", "finance_checker")
ALL_STAFF = STAFF_ROLES
PARTNER = PARTNER_ROLES

# action -> (who may, what it means). Order is the order of the page.
AUTHORITY: dict[str, tuple[tuple[str, ...], str]] = {
    "submissions.view": (
        (*ALL_STAFF, *PARTNER),
        "See a submission with its evidence and messages",
    ),
    "submissions.create": (
        (*PARTNER, *OPS),
        "Begin a request or claim (operations: on a partner's behalf)",
    ),
    "submissions.submit": ((*PARTNER, *OPS), "Send a request or claim for review"),
    "submissions.recall": (PARTNER, "Take a sent submission back to edit it"),
    "submissions.withdraw": (PARTNER, "Withdraw a submission for good"),
    "submissions.amend": (PARTNER, "Answer a return with changes"),
    "submissions.appeal": (PARTNER, "Appeal a refusal, once"),
    "submissions.confirm": (PARTNER, "Confirm what operations entered on the partner's behalf"),
    "submissions.message": ((*PARTNER, *OPS, *FINANCE), "Write to the other side, on the record"),
    "submissions.note": (
        (*OPS, *FINANCE, "partner_manager", "account_executive"),
        "Write an internal note",
    ),
    "submissions.assign": (OPS, "Assign a submission or claim the next one"),
    "submissions.verify": (
        (*OPS, *FINANCE),
        "Verify a detail against evidence, answer a question",
    ),
    "submissions.inquire": (
        OPS,
        "Ask an account executive to confirm the partner's influence, and take that back",
    ),
    "submissions.approve": (
        (*OPS, *FINANCE),
        "Approve within limit, in the turn the playbook names",
    ),
    "reviews.view": (
        (*OPS, *FINANCE, "auditor", "administrator", "leadership"),
        "See blind second reviews, the draws, and how far reviewers agree",
    ),
    "automation.restart": (
        ("team_lead", "administrator"),
        "Let a playbook approve automatically again after sampled errors stopped it",
    ),
    "submissions.return": ((*OPS, *FINANCE), "Return for changes"),
    "submissions.decline": ((*OPS, *FINANCE), "Not approve, final"),
    "funds.view": ((*ALL_STAFF, *PARTNER), "See funds and what is left"),
    "funds.manage": (("finance_maker", "administrator"), "Set up a fund and its budget"),
    "funds.earn": (("finance_maker", "operations"), "Compute and post what partners earned"),
    "months.close": (
        ("finance_checker",),
        "Close an accounting month, or open it again with a reason",
    ),
    "funds.lapse": (("finance_maker",), "Take back what nobody claimed in time"),
    "ledger.view": ((*OPS, *FINANCE, "auditor", "leadership"), "See ledger entries"),
    "ledger.reverse": (("finance_checker",), "Reverse an entry with a reason"),
    "payees.view": ((*OPS, *FINANCE, "auditor"), "See payees and what is ready to pay"),
    "payees.enter": (("operations", "finance_maker"), "Enter or change a payee"),
    "payees.check": (("finance_checker",), "Check a payee that somebody else entered"),
    "payees.propose_bank": (
        ("partner_admin", "operations", "finance_maker"),
        "Propose new bank details",
    ),
    "payees.call_back": (("operations", *FINANCE), "Record the call-back about bank details"),
    "payees.approve_bank": (("finance_checker",), "Approve or refuse new bank details"),
    "payees.reveal_bank": (FINANCE, "See an account number in full, on the record"),
    "payables.hold": (("operations", *FINANCE), "Hold a payable, or lift a hold, with a reason"),
    "batches.view": ((*FINANCE, "operations", "team_lead", "auditor"), "See payment batches"),
    "batches.manage": (
        ("finance_maker", "administrator"),
        "Enter our bank accounts that are paid from",
    ),
    "batches.seal": (("finance_maker",), "Make a payment file"),
    "batches.clear": (
        ("finance_checker", "team_lead", "finance_maker"),
        "Clear a finding of the pre-payment check by name",
    ),
    "batches.approve": (
        ("finance_checker", "team_lead"),
        "Approve a payment file within limit, as one of two",
    ),
    "batches.release": (("finance_checker",), "Send an approved payment file for payment"),
    "batches.dispatch": (FINANCE, "Download a payment file, enter the bank's receipt"),
    "batches.void": (FINANCE, "Give up a payment file that was not approved"),
    "batches.account": (
        FINANCE,
        "Take over a payment file after a restore, or say what became of it",
    ),
    "batches.unlock": (("finance_checker",), "Unlock payouts after the comparison"),
    "bills.view": ((*FINANCE, "operations", "team_lead", "auditor"), "See vendor bills"),
    "bills.seal": (("finance_maker",), "Make a vendor-bill file"),
    "bills.release": (("finance_checker",), "Release a vendor-bill file that somebody else made"),
    "bills.settle": (("finance_maker", "finance_checker"), "Read the paid list of the ERP"),
    "bank.view": (
        (*FINANCE, "operations", "team_lead", "auditor"),
        "See bank statements and what is in transit",
    ),
    "bank.read": (FINANCE, "Read a file from the bank"),
    "bank.accept": (
        ("finance_checker",),
        "Take a bank statement that does not prove itself, or set it aside",
    ),
    "bank.reconcile": (FINANCE, "Match bank lines with payments, or undo a match"),
    "plans.view": (ALL_STAFF, "Read commission plans and their examples"),
    "plans.edit": (
        ("operations", "finance_maker", "administrator"),
        "Write a draft of a commission plan, name who shares in it",
    ),
    "plans.publish": (
        ("finance_checker", "administrator"),
        "Publish a plan that somebody else wrote, take it into use in a program",
    ),
    "commissions.view": ((*OPS, *FINANCE, "auditor", "leadership"), "See commission runs"),
    "commissions.run": (("finance_maker", "operations"), "Compute the commissions of a month"),
    "commissions.approve_region": (
        ("team_lead", "finance_checker"),
        "Approve a commission run for a region",
    ),
    "commissions.approve": (
        ("finance_checker",),
        "Approve a commission run after its regions, and post it",
    ),
    "commissions.adjust": (
        ("operations", "team_lead", "finance_maker"),
        "Propose an adjustment or a bonus for a partner's month",
    ),
    "commissions.approve_adjustment": (
        ("team_lead", "finance_checker"),
        "Approve within limit, or refuse, an adjustment that somebody else proposed",
    ),
    "commissions.release": (
        ("finance_maker",),
        "Make commission payable once its hold is over",
    ),
    "statements.view": (
        (*OPS, *FINANCE, "partner_manager", "auditor", "leadership", *PARTNER),
        "See commission statements, and follow their figures down to the lines",
    ),
    "statements.issue": (FINANCE, "Issue the commission statements of a month"),
    "questions.view": (
        (*OPS, *FINANCE, "partner_manager", "auditor", "leadership", *PARTNER),
        "See questions about commissions",
    ),
    "questions.ask": (PARTNER, "Ask about a figure or line, ask once more, close it"),
    "questions.answer": (
        (*OPS, *FINANCE),
        "Answer a question about commissions, or name who does",
    ),
    "playbooks.view": (ALL_STAFF, "Read playbooks and their examples"),
    "playbooks.edit": ((*OPS, "administrator"), "Write a draft version"),
    "playbooks.try": (
        (*OPS, "finance_checker", "administrator", "leadership"),
        "Ask what a draft would change in decisions that were made",
    ),
    "playbooks.sign": (
        (*OPS, *FINANCE, "partner_manager", "account_executive", "administrator", "leadership"),
        "Sign a draft that somebody else wrote, for a role the playbook names",
    ),
    "playbooks.publish": (
        ("team_lead", "finance_checker", "administrator"),
        "Publish a draft that somebody else wrote",
    ),
    "partners.view": (ALL_STAFF, "See partners and their activity"),
    "partners.edit": ((*OPS, "partner_manager", "administrator"), "Change a partner's data"),
    "people.view": (("administrator", "team_lead", "auditor"), "See people and their roles"),
    "people.invite": (("administrator",), "Invite a person of the vendor, give and end roles"),
    "people.invite_partner": (
        ("administrator", "operations", "partner_admin"),
        "Invite a partner's person",
    ),
    "people.remove": (("administrator",), "Remove a person's access"),
    "people.remove_partner": (
        ("administrator", "operations", "partner_admin"),
        "Remove a partner's person",
    ),
    "keys.make": (
        (*OPS, *FINANCE, "auditor", "leadership", "administrator"),
        "Make an API key that reads as oneself, and revoke it",
    ),
    "keys.revoke": (("administrator",), "Revoke an API key of somebody else"),
    "imports.view": (
        (*OPS, *FINANCE, "administrator", "auditor"),
        "See imports and their problems",
    ),
    "imports.run": ((*OPS, "finance_maker", "administrator"), "Import a file by a saved mapping"),
    "mail.view": ((*OPS, "administrator", "auditor"), "See what mail went out"),
    "audit.view": (("auditor", "administrator", "team_lead", *FINANCE), "Search the audit log"),
    "audit.export": (("auditor", "administrator"), "Draw a population and export an audit pack"),
    "engagements.view": (
        ("auditor", *OPS, *FINANCE, "administrator", "leadership"),
        "See dry-run audits, their papers and reports",
    ),
    "engagements.open": (("auditor",), "Open a dry-run audit over decisions that were made"),
    "engagements.work": (
        ("auditor",),
        "Draw population and sample, answer work papers, ask, write findings",
    ),
    "engagements.reply": (("auditor", *OPS, *FINANCE), "Reply to an auditor's request"),
    "engagements.refine": (
        ("auditor", *OPS),
        "Recommend a refinement with owner and day, say that it was done",
    ),
    "engagements.close": (("auditor",), "Close a dry-run audit with its conclusion"),
    "engagements.export": (
        ("auditor", "administrator", "leadership"),
        "Export a dry-run audit as a pack",
    ),
    "reports.view": (ALL_STAFF, "See reports and the tour's report"),
}

# Pairs of actions that one person may never do on the same object.
SEPARATED: tuple[tuple[str, str], ...] = (
    ("submissions.create", "submissions.approve"),
    ("submissions.submit", "submissions.approve"),
    ("submissions.verify", "payees.check"),
    ("payees.enter", "payees.check"),
    ("bills.seal", "bills.release"),
    ("batches.seal", "batches.approve"),
    ("batches.seal", "batches.clear"),
    ("batches.seal", "batches.release"),
    ("payees.enter", "batches.approve"),
    ("payees.propose_bank", "payees.call_back"),
    ("payees.propose_bank", "payees.approve_bank"),
    ("payees.call_back", "payees.approve_bank"),
    ("payees.propose_bank", "batches.approve"),
    ("playbooks.edit", "playbooks.publish"),
    ("playbooks.edit", "playbooks.sign"),
    ("plans.edit", "plans.publish"),
    ("commissions.run", "commissions.approve_region"),
    ("commissions.run", "commissions.approve"),
    ("commissions.adjust", "commissions.approve_adjustment"),
    ("submissions.approve", "engagements.work"),
    ("people.invite", "people.invite"),
)
# Roles that one person may not hold together.
CONFLICTING_ROLES: tuple[tuple[str, str], ...] = (
    ("finance_maker", "finance_checker"),
    ("auditor", "operations"),
    ("auditor", "team_lead"),
    ("auditor", "finance_maker"),
    ("auditor", "finance_checker"),
    ("auditor", "administrator"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not do something, in a sentence for that person."""

    action: str
    reason: str


class NotAllowed(PermissionError):
    """The authority table refuses; carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def refusal_of(
    actor: Actor,
    action: str,
    *,
    region: str = "",
    program: str = "",
    amount: Money | None = None,
) -> Refusal | None:
    """This will tell why `actor` may not do `action` here, or None when allowed.

    A limit in another currency than the amount refuses: the caller converts at a stored rate
    first. Raises KeyError for an action that the table does not know.
    """
    roles, meaning = AUTHORITY[action]
    held = [grant for grant in actor.grants if grant.role in roles]
    if not held:
        return Refusal(action, f"{meaning}: this needs one of the roles {', '.join(roles)}.")
    here = [
        g for g in held if g.region in {"", region} and g.program in {"", program}
    ]  # fmt: skip
    if not here:
        return Refusal(action, f"{meaning}: your role does not cover this region or program.")
    if amount is None or any(
        _covers(grant.limit_minor, grant.limit_currency, amount) for grant in here
    ):
        return None
    return Refusal(action, f"{meaning}: {amount.format_plain()} is above your limit.")


def _covers(limit_minor: int | None, currency: str, amount: Money) -> bool:
    if limit_minor is None:
        return True
    return currency == amount.currency and amount.minor <= limit_minor


def may(actor: Actor, action: str, *, region: str = "", program: str = "") -> bool:
    """This will tell whether `actor` may do `action`, limits aside."""
    return refusal_of(actor, action, region=region, program=program) is None


def require(
    actor: Actor,
    action: str,
    *,
    region: str = "",
    program: str = "",
    amount: Money | None = None,
) -> None:
    """This will return when allowed and raise NotAllowed when not."""
    refusal = refusal_of(actor, action, region=region, program=program, amount=amount)
    if refusal is not None:
        raise NotAllowed(refusal)

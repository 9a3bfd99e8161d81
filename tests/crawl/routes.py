"""Every address of the product and who may open it: the table that the crawl checks against.

A route that is not here fails the crawl. `Door` says what kind of door it is, `action` names the
row of the authority table that opens it; `arguments` says which object fills each part of the
address. Written by hand, not read from the views: it is the second opinion.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from django.urls import URLPattern, URLResolver, get_resolver


class Door(Enum):
    """Who may stand in front of a door at all."""

    PORTAL = "portal"  # a partner's people; the vendor's find nothing there
    CONSOLE = "console"  # the vendor's people; a partner's find nothing there
    API = "api"  # programs with a key; a session opens nothing there, whoever's it is
    ANYBODY = "anybody"  # log-in, health, invitations: no business data whatever


@dataclass(frozen=True)
class Route:
    """One address: its door, its action and the objects in it.

    Objects are names of `Side.ids` and of `Stage.shared`, or a literal after `=`.
    """

    door: Door
    action: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    # Answers to the owner's GET: a page, an act that wants POST, or a way on to another page.
    answers: frozenset[int] = frozenset({200, 302, 405})
    # Answers to the same with an object that does not exist.
    absent: frozenset[int] = frozenset({404, 405})


def _portal(action: str, **arguments: str) -> Route:
    return Route(Door.PORTAL, action, arguments)


def _console(action: str, **arguments: str) -> Route:
    return Route(Door.CONSOLE, action, arguments)


def _also(route: Route, *answers: int, absent: tuple[int, ...] = ()) -> Route:
    """An address whose object's state, or whose asker's turn, may refuse it in words."""
    return replace(route, answers=route.answers | set(answers), absent=route.absent | set(absent))


ROUTES: dict[str, Route] = {
    "livez": Route(Door.ANYBODY),
    "readyz": Route(Door.ANYBODY),
    # Pages of the log-in library that are closed to everybody.
    "no_mail_addresses": Route(Door.ANYBODY),
    "no_mail_confirmation": Route(Door.ANYBODY),
    "web:home": Route(Door.ANYBODY),
    "web:no_seat": Route(Door.ANYBODY),
    "web:join": Route(Door.ANYBODY, arguments={"token": "=no-such-token"}),
    "web:answer": Route(Door.ANYBODY, arguments={"token": "=no-such-token"}),
    "web:answer_all": Route(Door.ANYBODY, arguments={"token": "=no-such-token"}),
    "web:answer_one": Route(
        Door.ANYBODY, arguments={"token": "=no-such-token", "inquiry_id": "=inq_none"}
    ),
    "web:answer_pass_on": Route(
        Door.ANYBODY, arguments={"token": "=no-such-token", "inquiry_id": "=inq_none"}
    ),
    "web:profile": Route(Door.ANYBODY),
    "web:seat": Route(Door.ANYBODY),
    # The API: what a key opens stands in tests/doors/api.
    "api:api-root": Route(Door.ANYBODY),
    "api:openapi-json": Route(Door.ANYBODY),
    "api:fund_stages": Route(Door.API, "ledger.view"),
    "api:plan_stages": Route(Door.API, "ledger.view"),
    "api:months": Route(Door.API, "ledger.view"),
    "api:open_items": Route(Door.API, "ledger.view"),
    "api:entries": Route(Door.API, "ledger.view"),
    "api:entry": Route(Door.API, "ledger.view", {"entry_id": "entry"}),
    # The portal.
    "portal:home": _portal("funds.view"),
    "portal:submissions": _portal("submissions.view"),
    "portal:begin": _portal("submissions.create"),
    "portal:start": _portal("submissions.create", code="=mdf-request"),
    "portal:submission": _portal("submissions.view", submission_id="decided"),
    "portal:edit": _portal("submissions.create", submission_id="draft"),
    "portal:recall": _also(_portal("submissions.recall", submission_id="draft"), 409),
    "portal:withdraw": _also(_portal("submissions.withdraw", submission_id="waiting"), 409),
    "portal:confirm": _also(_portal("submissions.confirm", submission_id="waiting"), 409),
    "portal:appeal": _also(_portal("submissions.appeal", submission_id="decided"), 409),
    "portal:message": _portal("submissions.message", submission_id="waiting"),
    "portal:letter": _portal("submissions.view", submission_id="decided"),
    "portal:letter_pdf": _portal("submissions.view", submission_id="decided"),
    "portal:evidence": _portal("submissions.view", evidence_id="evidence"),
    "portal:original": _portal("submissions.view", evidence_id="evidence"),
    "portal:picture": _portal("submissions.view", evidence_id="evidence", number="=1"),
    "portal:guides": _portal("submissions.view"),
    "portal:guide": _portal("submissions.view", code="=mdf-claim"),
    "portal:guide_pdf": _portal("submissions.view", code="=mdf-claim"),
    "portal:statements": _portal("statements.view"),
    "portal:statement": _portal("statements.view", statement_id="commission_statement"),
    "portal:figure": _portal(
        "statements.view", statement_id="commission_statement", figure="=USD-0"
    ),
    "portal:line": _portal(
        "statements.view", statement_id="commission_statement", line="own_line"
    ),
    "portal:statement_pdf": _portal("statements.view", statement_id="commission_statement"),
    "portal:statement_csv": _portal("statements.view", statement_id="commission_statement"),
    "portal:question_ask": _also(
        _portal("questions.ask", statement_id="commission_statement", figure="=USD-0"), 409
    ),
    "portal:questions": _portal("questions.view"),
    "portal:question": _portal("questions.view", question_id="question"),
    "portal:question_reopen": _portal("questions.ask", question_id="answered_question"),
    "portal:question_close": _portal("questions.ask", question_id="question"),
    "portal:messages": _portal("submissions.message"),
    "portal:people": _portal("people.invite_partner"),
    "portal:invite": _portal("people.invite_partner"),
    "portal:role": _portal("people.invite_partner", member_id="membership"),
    "portal:remove": _portal("people.remove_partner", member_id="membership"),
    "portal:take_back": _portal("people.invite_partner", invitation_id="invitation"),
    "portal:organization": _portal("funds.view"),
    "portal:bank_details": _portal("payees.propose_bank"),
    "portal:bank_propose": _portal("payees.propose_bank"),
    # The console: home, funds, ledger.
    "console:home": _console("reports.view"),
    "console:reports": _console("reports.view"),
    "console:funds": _console("funds.view"),
    "console:funds_export": _console("funds.view"),
    "console:plan_stages": _console("ledger.view"),
    "console:plan_export": _console("ledger.view"),
    "console:plan_month": _console("ledger.view", use_id="plan_use", month="=2026-02"),
    "console:money_months": _console("ledger.view"),
    "console:money_export": _console("ledger.view"),
    "console:fund_new": _console("funds.manage"),
    "console:fund": _console("funds.view", fund_id="fund"),
    "console:fund_earn": _console("funds.earn", fund_id="quarter_fund"),
    "console:open_amounts": _console("ledger.view"),
    "console:open_export": _console("ledger.view"),
    "console:months": _console("ledger.view"),
    "console:month_close": _also(
        _console("months.close", code="=2026-01"), 409, absent=(200, 409)
    ),
    "console:month_reopen": _also(
        _console("months.close", code="=2026-01"), 409, absent=(200, 409)
    ),
    "console:fund_lapse": _also(_console("funds.lapse", fund_id="quarter_fund"), 409),
    "console:fund_budget": _console("funds.manage", fund_id="fund"),
    "console:entry": _console("ledger.view", entry_id="entry"),
    "console:account": _console("ledger.view", code="account"),
    # Keys of the API.
    "console:keys": _console("keys.make"),
    "console:key_new": _console("keys.make"),
    # Another's key is absent, but for an administrator.
    "console:key_revoke": _also(_console("keys.make", key_id="key"), 404),
    # Commissions.
    "console:plans": _console("plans.view"),
    "console:plan_new": _console("plans.edit"),
    "console:plan_check": _console("plans.edit"),
    "console:plan": _console("plans.view", version_id="plan"),
    "console:plan_compare": _console("plans.view", version_id="plan"),
    "console:plan_edit": _also(_console("plans.edit", version_id="plan"), 409),
    "console:plan_publish": _also(_console("plans.publish", version_id="plan"), 409),
    "console:plan_use": _console("plans.publish", version_id="plan"),
    "console:plan_party": _console("plans.edit", version_id="plan"),
    "console:commissions": _console("commissions.view"),
    "console:commission_new": _console("commissions.run"),
    "console:commission_run": _console("commissions.view", run_id="commission_run"),
    "console:commission_lines": _console(
        "commissions.view", run_id="commission_run", partner_id="partner"
    ),
    "console:commission_line": _console(
        "commissions.view", run_id="commission_run", line="sales_line"
    ),
    "console:commission_approve": _also(
        _console("commissions.approve_region", run_id="commission_run"), 409
    ),
    "console:commission_post": _also(
        _console("commissions.approve", run_id="commission_run"), 409
    ),
    "console:adjustments": _console("commissions.view"),
    "console:adjustment_propose": _console("commissions.adjust"),
    "console:adjustment": _console("commissions.view", adjustment_id="adjustment"),
    "console:adjustment_approve": _also(
        _console("commissions.approve_adjustment", adjustment_id="adjustment"), 409
    ),
    "console:adjustment_refuse": _also(
        _console("commissions.approve_adjustment", adjustment_id="adjustment"), 409
    ),
    "console:adjustment_withdraw": _also(
        _console("commissions.adjust", adjustment_id="adjustment"), 409
    ),
    "console:statements": _console("statements.view"),
    "console:statements_issue": _console("statements.issue"),
    "console:statement": _console("statements.view", statement_id="commission_statement"),
    "console:statement_pdf": _console("statements.view", statement_id="commission_statement"),
    "console:statement_csv": _console("statements.view", statement_id="commission_statement"),
    "console:figure": _console(
        "statements.view", statement_id="commission_statement", figure="=USD-0"
    ),
    "console:questions": _console("questions.view"),
    "console:question": _console("questions.view", question_id="question"),
    "console:question_assign": _console("questions.answer", question_id="question"),
    "console:question_answer": _console("questions.answer", question_id="question"),
    # Payables, bills, payees.
    "console:ready_to_pay": _console("payees.view"),
    "console:bills_seal": _console("bills.seal"),
    "console:bills": _console("bills.view"),
    "console:bank": _console("bank.view"),
    "console:bank_read": _console("bank.read"),
    "console:bank_work": _console("bank.view"),
    "console:bank_reconcile": _console("bank.reconcile"),
    "console:bank_transit": _console("bank.view"),
    "console:bank_statement": _console("bank.view", statement_id="statement"),
    "console:bank_accept": _console("bank.accept", statement_id="statement"),
    "console:bank_set_aside": _console("bank.accept", statement_id="statement"),
    "console:bank_line": _console("bank.view", line_id="bank_line"),
    "console:bank_match": _console("bank.reconcile", line_id="bank_line"),
    "console:bank_explain": _console("bank.reconcile", line_id="bank_line", kind="=fee"),
    "console:bank_undo": _console("bank.reconcile", line_id="bank_line"),
    "console:paid_list": _console("bills.settle"),
    "console:batch": _console("bills.view", batch_id="batch"),
    "console:batch_release": _also(_console("bills.release", batch_id="batch"), 409),
    "console:batch_void": _also(_console("bills.view", batch_id="batch"), 409),
    "console:batch_file": _console("bills.view", batch_id="batch"),
    "console:payees": _console("payees.view"),
    "console:payee_new": _console("payees.enter"),
    "console:payee": _console("payees.view", payee_id="payee"),
    "console:payee_check": _console("payees.check", payee_id="payee"),
    "console:payee_hold": _also(_console("payees.view", payee_id="payee"), 403, 409),
    # Payment files and bank details.
    "console:payment_batches": _console("batches.view"),
    "console:pay_ready": _console("payees.view"),
    "console:payments_seal": _console("batches.seal"),
    "console:outside": _console("batches.view"),
    "console:outside_compare": _console("batches.account"),
    "console:outside_adopt": _console("batches.account"),
    "console:outside_unlock": _console("batches.unlock"),
    "console:outside_explain": _console("batches.account", finding_id="outside"),
    "console:payable_hold": _console("payables.hold", payable_ref="payable"),
    "console:payable_lift": _console("payables.hold", hold_id="hold"),
    "console:payment_batch": _console("batches.view", batch_id="payment_batch"),
    "console:finding_clear": _console(
        "batches.clear", batch_id="payment_batch", finding_id="finding"
    ),
    "console:payments_approve": _console("batches.approve", batch_id="payment_batch"),
    "console:payments_withdraw": _console("batches.approve", batch_id="payment_batch"),
    "console:payments_void": _console("batches.void", batch_id="payment_batch"),
    "console:payments_release": _console("batches.release", batch_id="payment_batch"),
    "console:payments_dispatch": _console("batches.dispatch", batch_id="payment_batch"),
    "console:payments_download": _console("batches.dispatch", batch_id="payment_batch"),
    "console:payments_ask": _console("batches.dispatch", batch_id="payment_batch"),
    "console:payments_unknown": _console("batches.dispatch", batch_id="payment_batch"),
    "console:payments_receipt": _console("batches.dispatch", batch_id="payment_batch"),
    "console:payments_close": _console("batches.dispatch", batch_id="payment_batch"),
    "console:bank_changes": _console("payees.view"),
    "console:bank_details_of": _console("payees.view", partner_id="partner"),
    "console:bank_propose": _console("payees.propose_bank", partner_id="partner"),
    "console:paper_new": _console("payees.enter", partner_id="partner"),
    "console:paper_check": _console("payees.check", partner_id="partner", paper_id="paper"),
    "console:bank_detail": _console("payees.view", detail_id="bank_detail"),
    "console:bank_call_back": _console("payees.call_back", detail_id="bank_detail"),
    "console:bank_approve": _console("payees.approve_bank", detail_id="bank_detail"),
    "console:bank_refuse": _console("payees.call_back", detail_id="bank_detail"),
    "console:bank_reveal": _console("payees.reveal_bank", detail_id="bank_detail"),
    # Partners and their people.
    "console:partners": _console("partners.view"),
    "console:partner_new": _console("partners.edit"),
    "console:partner": _console("partners.view", partner_id="partner"),
    "console:partner_activity": _console("partners.view", partner_id="partner"),
    "console:partner_edit": _console("partners.edit", partner_id="partner"),
    "console:partner_status": _console("partners.edit", partner_id="partner"),
    "console:partner_manager": _console("partners.edit", partner_id="partner"),
    "console:partner_tags": _console("partners.edit", partner_id="partner"),
    "console:contact_new": _console("partners.edit", partner_id="partner"),
    "console:contact_edit": _console("partners.edit", partner_id="partner", contact_id="contact"),
    "console:contact_end": _console("partners.edit", partner_id="partner", contact_id="contact"),
    "console:agreement_new": _console("partners.edit", partner_id="partner"),
    "console:member_invite": _console("people.invite_partner", partner_id="partner"),
    "console:member_role": _console(
        "people.invite_partner", partner_id="partner", member_id="membership"
    ),
    "console:member_remove": _console(
        "people.remove_partner", partner_id="partner", member_id="membership"
    ),
    "console:member_withdraw": _console(
        "people.invite_partner", partner_id="partner", invitation_id="invitation"
    ),
    # The vendor's people.
    "console:people": _console("people.view"),
    "console:person_invite": _console("people.invite"),
    # The page asks without looking; the act finds nothing to withdraw.
    "console:person_withdraw": _also(
        _console("people.invite", invitation_id="invitation"), absent=(200,)
    ),
    "console:person": _console("people.view", person_id="person"),
    "console:role_grant": _console("people.invite", person_id="person"),
    "console:role_end": _console("people.invite", person_id="person"),
    "console:person_remove": _console("people.remove", person_id="person"),
    # Playbooks, audit, imports, mail.
    "console:playbooks": _console("playbooks.view"),
    "console:playbook_new": _console("playbooks.edit"),
    "console:playbook_check": _console("playbooks.edit"),
    "console:playbook": _console("playbooks.view", version_id="playbook"),
    "console:playbook_guide": _console("playbooks.view", version_id="playbook"),
    "console:playbook_guide_pdf": _console("playbooks.view", version_id="playbook"),
    "console:playbook_procedure": _console("playbooks.view", version_id="playbook"),
    "console:playbook_procedure_pdf": _console("playbooks.view", version_id="playbook"),
    "console:playbook_edit": _also(_console("playbooks.edit", version_id="playbook"), 409),
    "console:playbook_try": _also(_console("playbooks.try", version_id="playbook"), 409),
    "console:playbook_sign": _also(_console("playbooks.sign", version_id="playbook"), 409),
    "console:trial": _console("playbooks.view", trial_id="trial"),
    "console:trial_export": _console("playbooks.view", trial_id="trial"),
    "console:playbook_publish": _also(_console("playbooks.publish", version_id="playbook"), 409),
    "console:playbook_retire": _also(_console("playbooks.publish", version_id="playbook"), 409),
    "console:audit": _console("audit.view"),
    "console:event": _console("audit.view", event_id="event"),
    "console:audit_verify": _console("audit.view"),
    "console:audit_population": _console("audit.export"),
    "console:audit_export": _console("audit.export"),
    "console:decision": _console("audit.view", decision_id="decision"),
    "console:decision_replay": _console("audit.view", decision_id="decision"),
    # Blind second reviews.
    "console:submission_blind": _also(_console("submissions.verify", submission_id="blind"), 409),
    "console:reports_influence": _console("reports.view"),
    "console:reports_influence_file": _console("reports.view"),
    "console:submission_answers": _also(
        _console("submissions.verify", submission_id="waiting"), 409
    ),
    "console:reviews": _console("reviews.view"),
    "console:reviews_agreement": _console("reviews.view"),
    "console:reviews_pairs": _console("reviews.view"),
    "console:reviews_draws": _console("reviews.view"),
    "console:reviews_draw_file": _also(_console("reviews.view", month="=2026-05"), 404),
    "console:reviews_automation": _console("reviews.view"),
    "console:reviews_restart": _also(
        _console("automation.restart", code="=mdf-claim"), absent=(200,)
    ),
    # Dry-run audits.
    "console:engagements": _console("engagements.view"),
    "console:engagement_new": _console("engagements.open"),
    "console:engagement": _console("engagements.view", engagement_id="engagement"),
    "console:engagement_population": _console("engagements.view", engagement_id="engagement"),
    "console:engagement_draw": _also(
        _console("engagements.work", engagement_id="engagement"), 409
    ),
    "console:engagement_plan": _console("engagements.work", engagement_id="planned_engagement"),
    "console:engagement_sample": _also(
        _console("engagements.work", engagement_id="engagement"), 409
    ),
    "console:engagement_paper": _console("engagements.view", paper_id="engagement_paper"),
    "console:engagement_answer": _console("engagements.work", paper_id="engagement_paper"),
    "console:engagement_ask": _console("engagements.work", engagement_id="engagement"),
    "console:engagement_reply": _console("engagements.reply", ask_id="engagement_ask"),
    "console:engagement_finding": _console("engagements.work", engagement_id="engagement"),
    "console:engagement_withdraw": _console("engagements.work", finding_id="engagement_finding"),
    "console:engagement_refine": _console("engagements.refine", finding_id="engagement_finding"),
    "console:engagement_done": _console("engagements.refine", refinement_id="refinement"),
    "console:engagement_close": _console("engagements.close", engagement_id="engagement"),
    "console:engagement_report": _console("engagements.view", engagement_id="engagement"),
    "console:engagement_pdf": _console("engagements.view", engagement_id="engagement"),
    "console:engagement_workbook": _console("engagements.view", engagement_id="engagement"),
    "console:engagement_pack": _also(
        _console("engagements.export", engagement_id="engagement"), 409
    ),
    "console:imports": _console("imports.view"),
    "console:import_new": _console("imports.run"),
    "console:mapping": _console("imports.view", code="mapping"),
    "console:import": _console("imports.view", run_id="run"),
    "console:import_take": _console("imports.run", run_id="run"),
    "console:import_take_good": _console("imports.run", run_id="run"),
    "console:import_discard": _console("imports.run", run_id="run"),
    "console:mailbox": _console("mail.view"),
    "console:mail": _console("mail.view", mail_id="mail"),
    # The queue and the review page.
    "console:queue": _console("submissions.view"),
    "console:queue_claim": _console("submissions.assign"),
    "console:queue_assign": _console("submissions.assign"),
    "console:submission_new": _console("submissions.create"),
    # Operations fill in what they began for a partner, and no draft that a partner began.
    "console:submission_fill": _also(
        _console("submissions.create", submission_id="draft"), 404, 409
    ),
    "console:submission": _console("submissions.view", submission_id="waiting"),
    "console:submission_clocks": _console("submissions.view", submission_id="waiting"),
    "console:submission_preview": _console("submissions.view", submission_id="waiting"),
    "console:submission_approve": _also(
        _console("submissions.approve", submission_id="waiting"), 409
    ),
    "console:submission_return": _also(
        _console("submissions.return", submission_id="waiting"), 409
    ),
    "console:submission_decline": _also(
        _console("submissions.decline", submission_id="waiting"), 409
    ),
    "console:submission_verify": _also(
        _console("submissions.verify", submission_id="waiting"), 404, 409
    ),
    "console:submission_screen": _console("submissions.verify", submission_id="waiting"),
    "console:submission_inquire": _also(
        _console("submissions.inquire", submission_id="waiting"), 409
    ),
    "console:inquiry_revoke": _also(_console("submissions.inquire", inquiry_id="inquiry"), 409),
    "console:submission_message": _console("submissions.message", submission_id="waiting"),
    "console:submission_note": _console("submissions.note", submission_id="waiting"),
    "console:submission_decision": _console("submissions.view", submission_id="decided"),
    "console:submission_record": _console("submissions.view", submission_id="decided"),
    "console:submission_replay": _console("submissions.view", submission_id="decided"),
    "console:evidence_mark": _also(
        _console("submissions.verify", evidence_id="evidence"), 404, 409
    ),
    "console:evidence_original": _console("submissions.view", evidence_id="evidence"),
    "console:evidence_text": _console("submissions.view", evidence_id="evidence"),
    "console:evidence_page": _console("submissions.view", evidence_id="evidence", page="=1"),
}
# allauth's own pages (log-in, password, second factor): by their prefix, data of nobody else.
LIBRARY_PREFIXES = ("account_", "mfa_")


def all_routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """This will list (name, argument names) of every address that the resolver knows."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            yield from _walk(item, f"{item.namespace}:" if item.namespace else space)
        else:
            assert isinstance(item, URLPattern)
            name = f"{space}{item.name or item.pattern}"
            yield name, tuple(sorted(item.pattern.converters))

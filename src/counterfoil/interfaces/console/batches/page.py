"""One payment batch: what is paid to whom, what was found, who approved, what the bank says."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.payouts.selectors import (
    approvals_of,
    batch_before,
    dispatches_of,
    findings_of_batch,
    get_payment_batch,
    payments_of_batch,
)
from counterfoil.apps.payouts.types import (
    ApprovalInfo,
    DispatchInfo,
    FindingInfo,
    PaymentBatchInfo,
    PaymentInfo,
)
from counterfoil.core.money import Money
from counterfoil.interfaces.console.batches.words import (
    FINDINGS,
    FORMATS,
    PAYMENT_STATES,
    REACHED,
    STATES,
    STEPS,
    UNKNOWN,
)
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import (
    day_text,
    grouped,
    moment_of,
    people_names,
    submission_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

ROWS_MAX = 1_000


@shown_to("batches.view")
def batch(request: KnownRequest, batch_id: str) -> HttpResponse:
    """This will show one payment batch: its seal, findings, approvals and payments."""
    found = get_payment_batch(batch_id)
    payments = payments_of_batch(found.public_id)
    findings = findings_of_batch(found.public_id)
    approvals = [a for a in approvals_of(found.public_id) if a.withdrawn_at is None]
    dispatches = dispatches_of(found.public_id)
    names = people_names(
        [found.sealed_by, found.released_by]
        + [a.approver for a in approvals]
        + [f.cleared_by for f in findings]
        + [d.done_by for d in dispatches]
    )
    context = {
        "crumbs": [
            Crumb(_("Payment batches"), reverse("console:payment_batches")),
            Crumb(found.message_id),
        ],
        "head": Head(
            found.message_id,
            _("%(format)s, %(account)s. To be paid on %(day)s.")
            % {
                "format": FORMATS[found.format],
                "account": f"{found.own_holder} {found.own_masked}",
                "day": day_text(found.execute_on),
            },
            UNKNOWN if found.is_unknown else STATES[found.state],
            _acts(request, found, approvals, dispatches),
        ),
        "kpis": _kpis(found, payments),
        "steps": _steps(found, approvals),
        "steps_label": _("Progress of the batch"),
        "notices_of": _notices(found),
        "checks": [_check(request, found, each, names) for each in findings],
        "check_title": _("%(done)s of %(count)s cleared by name")
        % {"done": sum(1 for f in findings if f.cleared_at), "count": len(findings)},
        "approvals": _approvals(request, found, approvals, names),
        "seal_title": _("You approve exactly this file"),
        "sha256": grouped(found.sha256),
        "url": "",
        "facts": _facts(found, payments, findings),
        "ledger": _ledger(found, payments),
        "table": _table(payments),
    }
    return pages.page(request, "console/batches/batch.html", context)


def _acts(
    request: KnownRequest,
    found: PaymentBatchInfo,
    approvals: list[ApprovalInfo],
    dispatches: tuple[DispatchInfo, ...],
) -> list[Act]:
    def act(name: str, label: str, icon: str, tone: str = "", why_not: str = "") -> Act:
        url = reverse(f"console:payments_{name}", args=[found.public_id])
        return Act(label, url, icon, tone, why_not=why_not)

    me = request.me
    mine = found.sealed_by == me.id
    has_approved = any(a.approver == me.id for a in approvals)
    offered = []
    if found.state == "sealed":
        offered.append(("batches.void", act("void", _("Give up"), "x", "danger")))
        if has_approved:
            offered.append(("batches.approve", act("withdraw", _("Take approval back"), "x")))
        else:
            why = _("You made this batch; two other people approve it.") if mine else ""
            offered.append(
                ("batches.approve", act("approve", _("Approve"), "lock", "main-act", why))
            )
    elif found.state == "approved":
        if has_approved:
            offered.append(("batches.approve", act("withdraw", _("Take approval back"), "x")))
        why = _("You made this batch; another person sends it.") if mine else ""
        offered.append(
            ("batches.release", act("release", _("Send for payment"), "send", "main-act", why))
        )
    due = [d for d in dispatches if d.state == "due"]
    if due and not found.is_unknown:
        if due[0].channel == "download":
            offered.append(
                ("batches.dispatch", act("download", _("Download"), "download", "main-act"))
            )
        else:
            offered.append(("batches.dispatch", act("dispatch", _("Put into the folder"), "send")))
    if found.state in ("released", "dispatched") and not found.is_unknown:
        offered.append(("batches.dispatch", act("unknown", _("Did it arrive?"), "unknown")))
    if found.state in ("dispatched", "acked", "part_rejected") or found.is_unknown:
        offered.append(("batches.dispatch", act("receipt", _("Enter receipt"), "pen")))
    if found.state in ("dispatched", "acked", "part_rejected", "settled") and not due:
        offered.append(("batches.dispatch", act("ask", _("Download again"), "download")))
    if found.state in ("settled", "rejected"):
        offered.append(("batches.dispatch", act("close", _("Close"), "lock")))
    return acts_for(me, *offered)


def _kpis(
    found: PaymentBatchInfo, payments: tuple[PaymentInfo, ...]
) -> list[tuple[str, str, str]]:
    total = show_money(found.total)
    payees = {row.partner_id for row in payments if row.amount.is_positive}
    return [
        (
            _("Total, %(currency)s") % {"currency": found.total.currency},
            total.figure,
            _("added up again from the file's bytes"),
        ),
        (_("Payments"), format_count(found.count), ""),
        (_("Payees"), format_count(len(payees)), ""),
    ]


def _steps(found: PaymentBatchInfo, approvals: list[ApprovalInfo]) -> list[dict[str, str]]:
    """Each step: done, current, or still to come."""
    reached = REACHED[found.state]
    words = [str(word) for word in STEPS]
    if found.state == "sealed":
        words[1] = _("Approved, %(count)s of 2") % {"count": len(approvals)}
    return [
        {
            "label": word,
            "state": "done" if place < reached else "current" if place == reached else "",
        }
        for place, word in enumerate(words)
    ]


def _notices(found: PaymentBatchInfo) -> list[tuple[str, str, str]]:
    if found.is_adopted and found.state in ("sealed", "approved"):
        words = _(
            "This file was sent before the database was restored. Sending it here posts it and "
            "sends nothing."
        )
        return [("warn", "bank", words)]
    if found.is_adopted and not found.receipt:
        return [("", "bank", _("This file was sent before the database was restored."))]
    if found.is_unknown:
        return [
            (
                "bad",
                "unknown",
                _(
                    "Nobody knows whether this file arrived. It is never sent again by the "
                    "system: ask the bank with the message id, then enter its receipt."
                ),
            )
        ]
    if found.receipt:
        return [("", "bank", _("The bank's receipt: %(text)s") % {"text": found.receipt})]
    return []


def _check(
    request: KnownRequest,
    found: PaymentBatchInfo,
    each: FindingInfo,
    names: dict[str, str],
) -> dict[str, object]:
    may_clear = (
        found.state == "sealed"
        and found.sealed_by != request.me.id
        and may_somewhere(request.me, "batches.clear")
    )
    word = str(FINDINGS.get(each.kind, each.kind))
    is_done = each.cleared_at is not None
    status = Status(word, "pass", "ok") if is_done else Status(word, "unknown", "warn")
    by = f"{names.get(each.cleared_by, '')}, {moment_of(request, each.cleared_at)}"
    return {
        "status": status,
        "text": f"{each.words} {each.note}".strip(),
        "payee": each.payee_name,
        "money": show_money(each.amount),
        "cleared_by": by if is_done else "",
        "url": reverse("console:finding_clear", args=[found.public_id, each.number])
        if may_clear and not is_done
        else "",
        "url_label": _("Clear"),
    }


def _approvals(
    request: KnownRequest,
    found: PaymentBatchInfo,
    approvals: list[ApprovalInfo],
    names: dict[str, str],
) -> list[dict[str, str]]:
    def step(person: str, role: str, when: str, tone: str, icon: str) -> dict[str, str]:
        return {
            "person": person, "role_words": role, "when_words": when, "tone": tone, "icon": icon,
        }  # fmt: skip

    steps = [
        step(
            names.get(found.sealed_by, ""),
            _("prepared and sealed"),
            str(moment_of(request, found.sealed_at)),
            "ok",
            "pass",
        )
    ]
    words = (_("first approval"), _("second approval"))
    for given, role in zip(approvals, words, strict=False):
        steps.append(
            step(
                names.get(given.approver, ""),
                role,
                f"{moment_of(request, given.approved_at)}, {given.proof}",
                "ok",
                "pass",
            )
        )
    if found.state == "sealed":
        steps += [
            step(_("Another person"), role, _("not yet"), "next", "clock")
            for role in words[len(approvals) :]
        ]
    if found.released_at:
        steps.append(
            step(
                names.get(found.released_by, ""),
                _("sent it for payment"),
                str(moment_of(request, found.released_at)),
                "ok",
                "send",
            )
        )
    return steps


def _facts(
    found: PaymentBatchInfo,
    payments: tuple[PaymentInfo, ...],
    findings: tuple[FindingInfo, ...],
) -> list[tuple[str, str]]:
    facts = [(_("File"), found.file_name)]
    before = batch_before(message_id=found.message_id)
    if before is not None and before.total.currency == found.total.currency:
        change = show_money(found.total - before.total, signed=True)
        facts.append(
            (
                _("Compared with %(batch)s") % {"batch": before.message_id},
                _("%(sum)s, %(count)s payments")
                % {"sum": change, "count": f"{found.count - before.count:+d}"},
            )
        )
    for kind, word in (
        ("new_payee", _("First-time payees")),
        ("details_changed", _("Changed accounts")),
    ):
        some = [each for each in findings if each.kind == kind]
        total = sum((each.amount for each in some), Money.zero(found.total.currency))
        facts.append((word, f"{len(some)}, {show_money(total)}"))
    return facts


def _ledger(found: PaymentBatchInfo, payments: tuple[PaymentInfo, ...]) -> list[tuple[str, str]]:
    zero = Money.zero(found.total.currency)
    gross = sum((row.gross for row in payments), zero)
    netted = sum((row.netted for row in payments), zero)
    rows = [
        (_("%(count)s payables") % {"count": len(payments)}, show_money(gross).figure),
    ]
    if netted.is_positive:
        rows.append((_("Kept back for earlier overpayments"), show_money(-netted).figure))
    rows.append((_("Control sum of the file"), show_money(found.total).figure))
    return rows


def _table(payments: tuple[PaymentInfo, ...]) -> Table:
    shown = payments[:ROWS_MAX]
    return Table(
        "payments",
        _("Payments"),
        [
            Column(_("Payment")),
            Column(_("Payee")),
            Column(_("Account")),
            Column(_("State")),
            Column(_("Paid on")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(
                        row.remittance,
                        submission_url(row.payable_ref)
                        if row.payable_ref.startswith("sub_")
                        else "",
                        row.end_to_end_id,
                    ),
                    Cell(
                        row.payee_name,
                        reverse("console:partner", args=[row.partner_public_id]),
                        row.partner_name,
                    ),
                    Cell(
                        row.account_masked,
                        reverse("console:bank_detail", args=[row.detail_id]),
                        css="nowrap",
                    ),
                    Cell(
                        status=PAYMENT_STATES[row.state],
                        note=f"{row.code} {row.reason}".strip(),
                    ),
                    Cell(day_text(row.settled_on), note=row.bank_reference, css="nowrap"),
                    money_cell(row.amount),
                ],
                id=row.public_id,
                is_bad=row.state in ("rejected", "returned"),
            )
            for row in shown
        ],
        Empty(_("No payment"), _("A batch always has at least one payment.")),
    )

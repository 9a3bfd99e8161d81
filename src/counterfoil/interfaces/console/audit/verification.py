"""Verifying the log against the checkpoints kept outside, and the records against the log."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.audit.errors import AuditRefused, SigningKeyMissing
from counterfoil.apps.audit.selectors import log_state
from counterfoil.apps.audit.types import LogVerdict
from counterfoil.core.differences import Difference
from counterfoil.flows.verify_log import verify_log
from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import refuse
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import grouped
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("audit.view")
def verify(request: KnownRequest) -> HttpResponse:
    """This will verify the whole log on POST; before that it says what will be done."""
    title = _("Verify the audit log")
    context: dict[str, object] = {
        "crumbs": [Crumb(_("Audit"), reverse("console:audit")), Crumb(_("Verify"))],
        "state_size": format_count(log_state().size),
        "act_url": request.path,
        "back_url": reverse("console:audit"),
    }
    if request.method != "POST":
        context["head"] = Head(title, _("Nothing is changed; that it was verified is recorded."))
        return pages.page(request, "console/audit/verify.html", context)
    try:
        verdict = verify_log(
            by=request.me,
            at=request.at,
            key=adapter("signing_key"),
            store=adapter("checkpoint_store"),
        )
        differences = verify_records(by=request.me, at=request.at)
    except SigningKeyMissing:
        context["head"] = Head(title, status=Status(_("Can't be verified yet"), "unknown", "warn"))
        context["missing_key"] = True
        return pages.page(request, "console/audit/verify.html", context, status=409)
    except AuditRefused as error:
        return refuse(request, title, error, back_url=reverse("console:audit"))
    sound = (
        Status(_("Nothing was changed, moved or removed"), "pass", "ok")
        if verdict.is_sound and not differences
        else Status(_("Something is wrong with the log"), "fail", "bad")
        if not verdict.is_sound
        else Status(_("Records are not what the log says of them"), "fail", "bad")
    )
    context |= {
        "head": Head(title, status=sound),
        "verdict": verdict,
        "kpis": _kpis(verdict, differences),
        "root": grouped(verdict.root),
        "tables": [_findings(verdict), _differences(differences)],
    }
    return pages.page(request, "console/audit/verify.html", context)


def _kpis(verdict: LogVerdict, differences: tuple[Difference, ...]) -> list[tuple[str, str, str]]:
    return [
        (_("Events read"), format_count(verdict.events), ""),
        (_("Entries in the log"), format_count(verdict.leaves), ""),
        (_("Signed checkpoints compared"), format_count(verdict.checkpoints), ""),
        (_("Findings"), format_count(len(verdict.findings) + len(differences)), ""),
    ]


def _differences(found: tuple[Difference, ...]) -> Table:
    return Table(
        "differences",
        _("Records compared with the log"),
        [Column(_("What")), Column(_("Check")), Column(_("Record"))],
        [
            Row([Cell(each.message), Cell(each.check), Cell(each.subject)], is_bad=True)
            for each in found
        ],
        Empty(
            _("No difference"),
            _(
                "Roles, playbooks, funds, decisions and what they rest on, payees, bills and the "
                "ledger are what the log says of them."
            ),
            "pass",
        ),
    )


def _findings(verdict: LogVerdict) -> Table:
    return Table(
        "findings",
        _("The log itself"),
        [Column(_("What")), Column(_("Code")), Column(_("Entry"), "num")],
        [
            Row(
                [
                    Cell(each.words),
                    Cell(each.code),
                    Cell("" if each.index is None else format_count(each.index), css="num"),
                ],
                is_bad=True,
            )
            for each in verdict.findings
        ],
        Empty(
            _("No finding"),
            _(
                "Each event reads as it was recorded, and the log continues every signed "
                "checkpoint."
            ),
            "pass",
        ),
    )

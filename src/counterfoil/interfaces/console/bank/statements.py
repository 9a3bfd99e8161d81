"""Bank statements: list, one statement, reading a file, taking one that does not tie."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.exchange.selectors import list_mappings
from counterfoil.apps.payouts.errors import BankAnswerRefused
from counterfoil.apps.payouts.selectors.bank import (
    count_of_work,
    get_statement,
    lines_of_statement,
    list_notices,
    list_statements,
)
from counterfoil.apps.payouts.types import BankLineInfo, NoticeInfo, StatementInfo
from counterfoil.core.bankfiles.statement_csv import RECORD_TYPE
from counterfoil.flows.read_statement import (
    BankReport,
    accept_statement,
    read_bank_answer,
    set_statement_aside,
)
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, missing_of
from counterfoil.interfaces.console.bank.words import (
    STATEMENT_KINDS,
    STATEMENT_STATES,
    line_status,
    line_url,
    name_of,
)
from counterfoil.interfaces.console.forms import reason_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    money_cell,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import day_text, moment_of, people_names
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

PAGE = 50
LINES = 200
FILE_MAX = 256 * 1024 * 1024
PLACES_SHOWN = 20


class ReasonForm(forms.Form):
    """Why a statement is taken as it is, or set aside."""

    reason = reason_field()


class BankFileForm(forms.Form):
    """A file as the bank sent it."""

    file = forms.FileField(
        label=gettext_lazy("File from the bank"),
        help_text=gettext_lazy(
            "camt.052, camt.053, camt.054, pain.002, MT940, BAI2, NACHA returns, or a CSV with a "
            "saved mapping."
        ),
        error_messages={"required": gettext_lazy("Choose the file that the bank sent.")},
    )
    mapping = forms.ChoiceField(
        label=gettext_lazy("Mapping, for a CSV"),
        required=False,
        help_text=gettext_lazy("Other formats are told by their content."),
    )

    def __init__(self, *args: object, **given: object) -> None:
        """Offer the saved mappings of bank lines."""
        super().__init__(*args, **given)  # type: ignore[arg-type]  # Django's own arguments
        mappings = [each for each in list_mappings() if each.record_type == RECORD_TYPE]
        field = self.fields["mapping"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("No CSV")), *((each.code, each.title) for each in mappings)]


def bank_acts(request: KnownRequest) -> list[Act]:
    """This will offer the ways between the bank's pages."""
    waiting = count_of_work()
    return acts_for(
        request.me,
        ("bank.view", Act(_("In transit"), reverse("console:bank_transit"), "send", dialog=False)),
        (
            "bank.view",
            Act(
                _("Work list (%(count)s)") % {"count": waiting},
                reverse("console:bank_work"),
                "queue",
                dialog=False,
                shortcut="w",
            ),
        ),
        (
            "bank.read",
            Act(
                _("Read a file"), reverse("console:bank_read"), "upload", "main-act", dialog=False
            ),
        ),
    )


@shown_to("bank.view")
def statements(request: KnownRequest) -> HttpResponse:
    """This will list bank statements and the newest status reports, newest first."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else None
    known = state if state in STATEMENT_STATES else None
    found = list_statements(state=known, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    states = [(key, status.word) for key, status in STATEMENT_STATES.items()]
    table = Table(
        "statements",
        _("Statements"),
        [
            Column(_("Statement")),
            Column(_("Account")),
            Column(_("State")),
            Column(_("Until")),
            Column(_("Lines"), "num"),
            Column(_("Waiting"), "num"),
            Column(_("Closing balance"), "num"),
        ],
        [_statement_row(each) for each in shown],
        Empty(
            _("No statement was read yet"),
            _("Finance reads the files that the bank sends; they settle what was paid."),
            "bank",
            reverse("console:bank_read"),
            _("Read a file"),
        ),
        pager=pager_of(
            request,
            shown=len(shown),
            next_cursor=str(shown[-1].id) if len(found) > PAGE else "",
        ),
    )
    notices = list_notices(limit=20)
    context = {
        "crumbs": [Crumb(_("Bank"))],
        "head": Head(
            _("Bank"),
            _("What the bank says happened: statements, status reports, returns."),
            acts=bank_acts(request),
        ),
        "filters": Filters(
            reverse("console:bank"),
            _("Choose statements"),
            fields=[picked("state", _("State"), states, state, _("Every state"))],
            has_search=False,
        ),
        "tables": [table, *([_notices(request, notices)] if notices else [])],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("bank.view")
def statement(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will show a statement: balances, whether they tie, unknown parts, its lines."""
    found = get_statement(statement_id)
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    lines = lines_of_statement(statement_id, after=start, limit=LINES + 1)
    shown = lines[:LINES]
    name = name_of(found)
    context = {
        "crumbs": [Crumb(_("Bank"), reverse("console:bank")), Crumb(name)],
        "head": Head(
            _("Statement %(name)s") % {"name": name},
            _("%(kind)s of %(account)s, %(format)s, file %(file)s")
            % {
                "kind": STATEMENT_KINDS[found.kind],
                "account": found.own_account or found.account,
                "format": found.format,
                "file": found.file_name,
            },
            STATEMENT_STATES[found.state],
            _statement_acts(request, found),
        ),
        "notices_of": _told(request, found),
        "kpis": _kpis(found),
        "tables": [
            Table(
                "lines",
                _("Lines"),
                [
                    Column(_("Booked")),
                    Column(_("What it is")),
                    Column(_("Reference")),
                    Column(_("Other side")),
                    Column(_("Amount"), "num"),
                ],
                [_line_row(each, is_taken=found.state == "taken") for each in shown],
                Empty(_("No line"), _("Nothing happened on the account in these days.")),
                pager=pager_of(
                    request,
                    shown=len(shown),
                    next_cursor=str(shown[-1].id) if len(lines) > LINES else "",
                ),
            ),
            *([_places(found)] if found.unknown_parts else []),
        ],
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("bank.accept")
def accept(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will take a statement that does not prove itself, with a reason."""
    found = get_statement(statement_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        accept_statement(
            statement_id=statement_id, by=request.me, at=request.at,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return _("The statement is taken. Reconcile it next.")

    act = ActPage(
        title=_("Take statement %(name)s") % {"name": name_of(found)},
        confirm=_("Take it"),
        back_url=reverse("console:bank_statement", args=[statement_id]),
        form=form,
        facts=[(_("Why it waits"), words) for words in found.review[:5]],
        notice=_("Its lines will be matched as if it proved itself. This can't be undone."),
        notice_tone="warn",
    )
    return answer(request, act, do)


@shown_to("bank.accept")
def set_aside(request: KnownRequest, statement_id: str) -> HttpResponse:
    """This will set a statement aside; none of its lines is used."""
    found = get_statement(statement_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        set_statement_aside(
            statement_id=statement_id, by=request.me, at=request.at,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        return _("The statement is set aside; none of its lines is used.")

    act = ActPage(
        title=_("Set aside statement %(name)s") % {"name": name_of(found)},
        confirm=_("Set it aside"),
        confirm_tone="danger",
        back_url=reverse("console:bank_statement", args=[statement_id]),
        form=form,
        notice=_("It stays on record. Ask the bank for a right one."),
    )
    return answer(request, act, do)


@shown_to("bank.read")
def read(request: KnownRequest) -> HttpResponse:
    """This will read a file from the bank and say what it brought, or why it is not taken."""
    form = BankFileForm(request.POST or None, request.FILES or None)
    said: Status | None = None
    report: BankReport | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                report = _read(request, upload, form.cleaned_data["mapping"])
            except BankAnswerRefused as refusal:
                said = Status(f"{_('Nothing was taken.')} {refusal}", "fail", "bad")
            else:
                said, status = Status(_said(report), "pass", "ok"), 200
    context = {
        "crumbs": [Crumb(_("Bank"), reverse("console:bank")), Crumb(_("Read a file"))],
        "head": Head(
            _("Read a file from the bank"),
            _("Each file counts once, however often it is read."),
        ),
        "card_title": _("File"),
        "form": form,
        "has_files": True,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "said": said,
        "confirm": _("Read the file"),
        "back_url": reverse("console:bank"),
        "tables": [] if report is None else _brought(request, report),
    }
    return pages.page(request, "console/payables/paid_list.html", context, status=status)


def _read(request: KnownRequest, upload: object, mapping: str) -> BankReport:
    size, name = getattr(upload, "size", 0), getattr(upload, "name", "")
    if size > FILE_MAX:
        raise BankAnswerRefused(
            f"{name}:1: the file is larger than 256 MB; ask the bank for shorter spans"
        )
    return read_bank_answer(
        content=upload.read(),  # type: ignore[attr-defined]  # Django's uploaded file
        file_name=name,
        mapping_code=mapping,
        reader=adapter("bank_reader"),
        store=adapter("evidence_store"),
        box=adapter("secret_box"),
        by=request.me,
        at=request.at,
    )


def _said(report: BankReport) -> str:
    told = {
        "statements": _("New lines: %(count)s. Known before: %(known)s."),
        "status": _("Payments answered: %(count)s. Known before: %(known)s."),
        "returns": _("Returns taken: %(count)s. Known before: %(known)s."),
    }[report.kind]
    return told % {"count": report.applied, "known": report.known}


def _brought(request: KnownRequest, report: BankReport) -> list[Table]:
    tables = []
    if report.statements:
        every = [get_statement(each.statement_id) for each in report.statements]
        tables.append(
            Table(
                "brought",
                _("Statements in this file"),
                [
                    Column(_("Statement")),
                    Column(_("Account")),
                    Column(_("State")),
                    Column(_("Until")),
                    Column(_("Lines"), "num"),
                    Column(_("Waiting"), "num"),
                    Column(_("Closing balance"), "num"),
                ],
                [_statement_row(each) for each in every],
                Empty(_("No statement"), _("The file had none.")),
                acts=acts_for(
                    request.me,
                    (
                        "bank.reconcile",
                        Act(_("Reconcile"), reverse("console:bank_reconcile"), "pass", "main-act"),
                    ),
                ),
            )
        )
    if report.notes:
        tables.append(
            Table(
                "notes",
                _("Worth knowing"),
                [Column(_("What the file brought"))],
                [Row([Cell(note)]) for note in report.notes[:200]],
                Empty(_("Nothing"), ""),
            )
        )
    return tables


def _statement_row(each: StatementInfo) -> Row:
    return Row(
        [
            Cell(
                name_of(each),
                reverse("console:bank_statement", args=[each.public_id]),
                STATEMENT_KINDS[each.kind],
            ),
            Cell(each.own_account or each.account),
            Cell(
                status=STATEMENT_STATES[each.state],
                note="" if each.ties or each.state != "review" else each.review[0],
            ),
            Cell(day_text(each.closing_on), css="nowrap"),
            Cell(format_count(each.count), css="num"),
            Cell(format_count(each.waiting) if each.waiting else "", css="num"),
            Cell() if each.closing is None else money_cell(each.closing),
        ],
        id=each.public_id,
        is_bad=each.state == "review",
    )


def _statement_acts(request: KnownRequest, found: StatementInfo) -> list[Act]:
    if found.state == "review":
        where = [found.public_id]
        return acts_for(
            request.me,
            (
                "bank.accept",
                Act(_("Set aside"), reverse("console:bank_set_aside", args=where), "x", "danger"),
            ),
            (
                "bank.accept",
                Act(
                    _("Take it as it is"),
                    reverse("console:bank_accept", args=where),
                    "pass",
                    why_not=""
                    if found.own_account
                    else _("This account is none of ours, so its lines can't be ours either."),
                ),
            ),
        )
    return acts_for(
        request.me,
        (
            "bank.reconcile",
            Act(_("Reconcile"), reverse("console:bank_reconcile"), "pass", "main-act"),
        ),
    )


def _told(request: KnownRequest, found: StatementInfo) -> list[tuple[str, str, str]]:
    told = [("warn", "ours", words) for words in found.review[:PLACES_SHOWN]]
    if found.ties and found.kind == "statement":
        told.append(("ok", "pass", _("Opening balance and lines make the closing balance.")))
    if found.decided_at:
        names = people_names([found.decided_by])
        told.append(
            (
                "",
                "pen",
                _("%(who)s, %(when)s: %(why)s")
                % {
                    "who": names.get(found.decided_by, ""),
                    "when": moment_of(request, found.decided_at),
                    "why": found.decided_reason,
                },
            )
        )
    return told


def _kpis(found: StatementInfo) -> list[tuple[str, str, str]]:
    def shown(money: object) -> str:
        return "" if money is None else show_money(money).figure  # type: ignore[arg-type]

    return [
        (_("Opening, %(ccy)s") % {"ccy": found.currency}, shown(found.opening) or "–",
         str(day_text(found.opening_on))),
        (_("Closing, %(ccy)s") % {"ccy": found.currency}, shown(found.closing) or "–",
         str(day_text(found.closing_on))),
        (_("Lines"), format_count(found.count),
         _("%(count)s wait for a person") % {"count": found.waiting}),
        (_("Not understood"), format_count(found.unknown_count), _("parts of the file")),
    ]  # fmt: skip


def _line_row(each: BankLineInfo, *, is_taken: bool) -> Row:
    told = each.match.payments if each.match else ()
    return Row(
        [
            Cell(
                str(day_text(each.booked_on)),
                line_url(each.public_id),
                _("in the batch above") if each.is_part else "",
                css="nowrap",
            ),
            Cell(
                status=line_status(each, is_taken=is_taken),
                note=", ".join(told[:2]) + (" …" if len(told) > 2 else ""),
            ),
            Cell(each.end_to_end_id or each.reference),
            Cell(each.party or each.text[:80]),
            money_cell(each.amount, signed=True),
        ],
        id=each.public_id,
    )


def _places(found: StatementInfo) -> Table:
    return Table(
        "unknown",
        _("Not understood"),
        [Column(_("Place in the file"))],
        [Row([Cell(words)]) for words in found.unknown_parts[:PLACES_SHOWN]],
        Empty(_("Everything was understood"), ""),
        note=_("%(count)s in all; nothing of it was guessed") % {"count": found.unknown_count},
    )


def _notices(request: KnownRequest, notices: tuple[NoticeInfo, ...]) -> Table:
    states = {
        "applied": Status(_("Taken"), "pass", "ok"),
        "quarantine": Status(_("Answers nothing of ours"), "unknown", "warn"),
    }
    return Table(
        "notices",
        _("Status reports and returns"),
        [
            Column(_("About")),
            Column(_("State")),
            Column(_("Status")),
            Column(_("Received")),
            Column(_("What came of it")),
        ],
        [
            Row(
                [
                    Cell(each.about, note=each.sender),
                    Cell(status=states[each.state]),
                    Cell(each.status),
                    Cell(moment=moment_of(request, each.received_at)),
                    Cell(each.outcome[0] if each.outcome else "", note=_more(each)),
                ],
                id=each.public_id,
                is_bad=each.state == "quarantine",
            )
            for each in notices
        ],
        Empty(_("None came yet"), ""),
    )


def _more(each: NoticeInfo) -> str:
    rest = len(each.outcome) - 1
    return _("and %(count)s more") % {"count": rest} if rest > 0 else ""

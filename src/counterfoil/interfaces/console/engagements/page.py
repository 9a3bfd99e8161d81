"""One dry-run audit: where it stands, its papers, requests, findings; and its population."""

from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.apps.engagements.types import (
    AskInfo,
    EngagementInfo,
    FindingInfo,
    PaperInfo,
    RefinementInfo,
)
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.core.engagement_words import CAUSES, say_bound
from counterfoil.core.money import Money
from counterfoil.flows.engage import evaluation_of
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.engagements.words import (
    CHANGES,
    DIFFERS,
    DONE,
    FINDING_KINDS,
    LATE,
    METHODS,
    REPLIED,
    SAME,
    SETTLED,
    TO_DO,
    WAITS,
    WITHDRAWN,
    crumbs,
    money,
    state_of,
    verdict_of,
)
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import (
    day_text,
    grouped,
    moment_of,
    people_names,
    submission_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import OUTCOMES, Act, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest

ITEMS_SHOWN = 200


@shown_to("engagements.view")
def engagement(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will show where an audit stands and what comes next."""
    found = get_engagement(engagement_id)
    context = {
        "crumbs": crumbs(found),
        "head": Head(found.title, found.purpose, state_of(found), _acts(request, found)),
        "notices_of": _notices(found),
        "kpis": _kpis(found),
        "facts_title": _("Scope and sample"),
        "facts": _facts(request, found),
        "tables": [
            *([_papers(found)] if found.sample else []),
            *([_findings(request, found)] if found.sample else []),
            *(
                [_refinements(request, found)]
                if any(f.refinements for f in found.findings)
                else []
            ),
            _asks(request, found),
        ],
    }
    return pages.page(request, "console/detail.html", context)


def _acts(request: KnownRequest, found: EngagementInfo) -> list[Act]:
    acts = []
    if found.sample is not None:
        acts.append(
            Act(
                _("Report"),
                reverse("console:engagement_report", args=[found.id]),
                "report",
                "main-act" if found.is_closed else "",
                dialog=False,
            )
        )
    if found.is_closed or not may_somewhere(request.me, "engagements.work"):
        return acts
    if found.population is None:
        return [
            Act(
                _("Draw the population"),
                reverse("console:engagement_draw", args=[found.id]),
                "eye",
                "main-act",
            )
        ]
    if found.sample is None:
        return [
            Act(
                _("Plan the sample"),
                reverse("console:engagement_plan", args=[found.id]),
                "eye",
                "main-act",
                dialog=False,
            )
        ]
    acts.append(
        Act(
            _("Close the audit"),
            reverse("console:engagement_close", args=[found.id]),
            "lock",
            "main-act" if found.answered == len(found.papers) else "",
        )
    )
    waiting = next((paper for paper in found.papers if paper.answer is None), None)
    if waiting is not None:
        acts.append(
            Act(
                _("Next paper"),
                reverse("console:engagement_paper", args=[waiting.id]),
                "right",
                "main-act",
                dialog=False,
            )
        )
    return acts


def _notices(found: EngagementInfo) -> list[tuple[str, str, str]]:
    if found.is_closed:
        return [("", "lock", found.conclusion)]
    if found.population is None:
        words = _("Next: draw the population. It is frozen then, with its sum tied to the ledger.")
    elif found.sample is None:
        words = _("Next: plan the sample. It is drawn once, by the seed that stands already.")
    elif found.answered < len(found.papers):
        words = _("Next: work the papers. Each decision was computed again for you.")
    else:
        words = _("Each paper is answered. Write what you found, then close the audit.")
    return [("ours", "info", words)]


def _kpis(found: EngagementInfo) -> list[tuple[str, str, str]]:
    currency = found.scope.currency
    kpis = []
    if found.population is not None:
        kpis.append(
            (
                _("Population"),
                format_count(len(found.population.items)),
                money(found.population.total_minor, currency),
            )
        )
    if found.sample is not None:
        deviations = sum(
            paper.answer is not None and paper.answer.is_deviation for paper in found.papers
        )
        again = sum(not paper.engine["is_same"] for paper in found.papers)
        kpis += [
            (
                _("Drawn"),
                format_count(len(found.papers)),
                str(METHODS[found.sample.plan.method][0]),
            ),
            (
                _("Answered"),
                format_count(found.answered),
                _("of %(all)s") % {"all": format_count(len(found.papers))},
            ),
            (_("Deviations"), format_count(deviations), ""),
            (
                _("Computed again, otherwise"),
                format_count(again),
                _("see the papers") if again else _("each the same"),
            ),
        ]
    return kpis


def _facts(request: KnownRequest, found: EngagementInfo) -> list[tuple[str, str]]:
    scope = found.scope
    names = people_names([found.opened_by, found.closed_by])
    days = f"{day_text(scope.first_on)} – {day_text(scope.last_on)}"
    facts = [
        (_("Program"), f"{scope.program}, {scope.currency}"),
        (_("Types"), ", ".join(scope.playbooks) or _("all")),
        (_("Decided"), days),
        (_("Judged by"), _("the draft") if scope.draft else _("the rules of each decision")),
        (_("Seed"), found.seed),
        (_("Opened"), f"{names[found.opened_by]}, {moment_of(request, found.opened_at)}"),
    ]
    if found.population is not None:
        gap = found.population.tie["difference"]
        facts.append(
            (
                _("Tied to the ledger"),
                _("equal, %(sum)s") % {"sum": money(found.population.total_minor, scope.currency)}
                if not gap and not found.population.tie["lines"]
                else _("differs by %(sum)s; the population page explains it")
                % {"sum": money(gap, scope.currency)},
            )
        )
    if found.sample is not None:
        evaluation = evaluation_of(found)
        stated = evaluation if evaluation is not None else found.sample.promise
        facts.append(
            (
                _("What the sample proves")
                if evaluation is not None
                else _("What it will prove, if all is well"),
                say_bound(stated, found.sample.plan, currency=scope.currency),
            )
        )
    if found.is_closed:
        facts += [
            (_("Closed"), f"{names[found.closed_by]}, {moment_of(request, found.closed_at)}"),
            (_("Report's fingerprint"), f"sha256 {grouped(found.report_sha256)}"),
        ]
    return facts


def _papers(found: EngagementInfo) -> Table:
    partners = partner_names(pks={paper.partner_id for paper in found.papers})
    has_draft = bool(found.scope.draft)
    assert found.population is not None
    return Table(
        "papers",
        _("Work papers"),
        [
            Column(_("Submission")),
            Column(_("Decided")),
            Column(_("Amount"), "num"),
            Column(_("Under the draft") if has_draft else _("Computed again")),
            Column(_("Auditor")),
        ],
        [
            Row(
                [
                    Cell(
                        f"{paper.seq}. {paper.number}",
                        reverse("console:engagement_paper", args=[paper.id]),
                        partners[paper.partner_id][0] if paper.partner_id in partners else "",
                    ),
                    Cell(status=OUTCOMES[paper.outcome]),
                    money_cell(Money(paper.payable_minor, found.scope.currency)),
                    Cell(status=engine_status(paper)),
                    Cell(status=verdict_of(paper)),
                ],
                id=paper.id,
                is_bad=paper.answer is not None and paper.answer.is_deviation,
            )
            for paper in found.papers
        ],
        Empty(_("Nothing was drawn"), "", "eye"),
        note=_("Drawn of %(all)s by the seed %(seed)s.")
        % {"all": format_count(len(found.population.items)), "seed": found.seed},
        acts=[
            Act(
                _("Population"),
                reverse("console:engagement_population", args=[found.id]),
                "eye",
                dialog=False,
            )
        ],
    )


def engine_status(paper: PaperInfo) -> Status:
    """This will say what the engine made of a paper's decision; a difference comes first."""
    if not paper.engine["is_same"]:
        return DIFFERS
    effect = paper.engine["effect"]
    return CHANGES[effect["change"]] if effect else SAME


def _findings(request: KnownRequest, found: EngagementInfo) -> Table:
    numbers = {paper.id: paper for paper in found.papers}
    may_work = may_somewhere(request.me, "engagements.work") and not found.is_closed
    write = Act(
        _("Write a finding"), reverse("console:engagement_finding", args=[found.id]), "pen"
    )
    return Table(
        "findings",
        _("Findings, gaps and exceptions"),
        [
            Column(_("What")),
            Column(_("Kind")),
            Column(_("Submissions")),
            *([] if found.is_closed else [Column(""), Column("")]),
        ],
        [_finding_row(request, found, each, numbers) for each in found.findings],
        Empty(
            _("Nothing was found yet"),
            _("A finding names the submissions of the sample that show it."),
            "pass",
        ),
        acts=[write] if may_work else [],
    )


def _finding_row(
    request: KnownRequest,
    found: EngagementInfo,
    finding: FindingInfo,
    papers: dict[str, PaperInfo],
) -> Row:
    body = finding.body
    if finding.criterion:
        body += " " + _("(criterion %(id)s)") % {"id": finding.criterion}
    if finding.is_withdrawn:
        body += " " + _("Withdrawn: %(why)s") % {"why": finding.withdrawn_reason}
    cells = [
        Cell(f"{finding.seq}. {finding.title}", note=body),
        Cell(status=WITHDRAWN if finding.is_withdrawn else FINDING_KINDS[finding.kind]),
        _submissions(finding, papers),
    ]
    if not found.is_closed:
        cells += _finding_acts(request, finding)
    return Row(cells, id=finding.id)


def _submissions(finding: FindingInfo, papers: dict[str, PaperInfo]) -> Cell:
    """This will name what a finding rests on; one is linked here, several in the report."""
    named = [papers[each] for each in finding.papers]
    if len(named) == 1:
        return Cell(named[0].number, reverse("console:engagement_paper", args=[named[0].id]))
    return Cell(
        ", ".join(each.number for each in named),
        reverse("console:engagement_report", args=[finding.engagement_id]),
    )


def _finding_acts(request: KnownRequest, finding: FindingInfo) -> list[Cell]:
    """This will offer what the person may do; a cell each, empty where nothing is possible."""
    offered = [
        Act(_("Recommend"), reverse("console:engagement_refine", args=[finding.id]), "plus"),
        Act(_("Withdraw"), reverse("console:engagement_withdraw", args=[finding.id]), "x"),
    ]
    if finding.is_withdrawn:
        return [Cell(""), Cell("")]
    needed = ("engagements.refine", "engagements.work")
    return [
        Cell(act=act) if may_somewhere(request.me, action) else Cell("")
        for act, action in zip(offered, needed, strict=True)
    ]


def _refinements(request: KnownRequest, found: EngagementInfo) -> Table:
    rows = [
        (finding, each)
        for finding in found.findings
        for each in finding.refinements
        if not finding.is_withdrawn
    ]
    names = people_names([each.owner for _finding, each in rows])
    may_do = may_somewhere(request.me, "engagements.refine")
    return Table(
        "refinements",
        _("Recommended refinements"),
        [
            Column(_("What")),
            Column(_("Owner")),
            Column(_("Until")),
            Column(_("State")),
            *([Column("")] if may_do else []),
        ],
        [
            Row(
                [
                    Cell(
                        each.body,
                        note=each.done_note
                        or _("because of no. %(seq)s, %(title)s")
                        % {"seq": finding.seq, "title": finding.title},
                    ),
                    Cell(names[each.owner]),
                    Cell(day_text(each.due_on), css="nowrap"),
                    Cell(status=_refinement_state(each, request.at.date())),
                    *([_done_act(each)] if may_do else []),
                ],
                id=each.id,
            )
            for finding, each in rows
        ],
        Empty(_("Nothing is recommended"), "", "pass"),
    )


def _refinement_state(each: RefinementInfo, today: date) -> Status:
    if each.done_at is not None:
        return DONE
    return LATE if each.due_on < today else TO_DO


def _done_act(each: RefinementInfo) -> Cell:
    if each.done_at is not None:
        return Cell("")
    return Cell(act=Act(_("Say it is done"), reverse("console:engagement_done", args=[each.id])))


def _asks(request: KnownRequest, found: EngagementInfo) -> Table:
    people = [each.asked_of for each in found.asks]
    people += [reply.replied_by for each in found.asks for reply in each.replies]
    names = people_names(people)
    may_reply = may_somewhere(request.me, "engagements.reply") and not found.is_closed
    may_ask = may_somewhere(request.me, "engagements.work") and not found.is_closed
    return Table(
        "requests",
        _("Requests"),
        [
            Column(_("Asked for")),
            Column(_("Of")),
            Column(_("Until")),
            Column(_("State")),
            Column(_("Replies")),
            *([Column("")] if may_reply else []),
        ],
        [
            Row(
                [
                    Cell(f"{each.seq}. {each.body}"),
                    Cell(names.get(each.asked_of, _("anybody"))),
                    Cell(day_text(each.due_on), css="nowrap"),
                    Cell(status=_ask_state(each)),
                    Cell(_replies(each, names), css="soft"),
                    *([_reply_act(each)] if may_reply else []),
                ],
                id=each.id,
            )
            for each in found.asks
        ],
        Empty(
            _("Nothing was asked for"),
            _("Ask for what the records don't show; the reply stays with the audit."),
            "chat",
        ),
        acts=[
            Act(_("Ask for something"), reverse("console:engagement_ask", args=[found.id]), "chat")
        ]
        if may_ask
        else [],
    )


def _ask_state(each: AskInfo) -> Status:
    if each.is_settled:
        return SETTLED
    return REPLIED if each.replies else WAITS


def _replies(each: AskInfo, names: dict[str, str]) -> str:
    return " ".join(
        f"{names[reply.replied_by]}: {reply.body}"
        + (f" ({', '.join(reply.evidence)})" if reply.evidence else "")
        for reply in each.replies
    )


def _reply_act(each: AskInfo) -> Cell:
    if each.is_settled:
        return Cell("")
    return Cell(act=Act(_("Reply"), reverse("console:engagement_reply", args=[each.id]), "chat"))


_HEADINGS = (
    Heading("number"),
    Heading("partner"),
    Heading("type"),
    Heading("outcome"),
    Heading("requested", ColumnKind.NUMBER),
    Heading("approved", ColumnKind.NUMBER),
    Heading("currency"),
    Heading("decided_at"),
    Heading("decision"),
    Heading("submission"),
)


@shown_to("engagements.view")
def population(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will show a frozen population and how it ties to the ledger, or hand it out."""
    found = get_engagement(engagement_id)
    items = found.population.items if found.population is not None else ()
    currency = found.scope.currency
    if request.GET.get("as") in {"csv", "xlsx"}:
        rows = [
            (
                item.number, item.partner, item.playbook, item.outcome,
                Money(item.requested_minor, currency).format_number(),
                Money(item.minor, currency).format_number(), currency, item.decided_at,
                item.decision, item.submission,
            )
            for item in items
        ]  # fmt: skip
        return table_file(request, "population", _HEADINGS, rows)
    here = reverse("console:engagement_population", args=[found.id])
    context = {
        "crumbs": crumbs(found, _("Population")),
        "head": Head(
            _("Population"),
            _("Frozen when it was drawn; the sample is drawn from exactly this."),
            acts=[
                Act(_("CSV"), f"{here}?as=csv", "download", dialog=False),
                Act(_("XLSX"), f"{here}?as=xlsx", "download", dialog=False),
            ],
        ),
        "kpis": _tie_kpis(found),
        "tables": [*_types(found), *_tie_table(found), _items(found)],
    }
    return pages.page(request, "console/list.html", context)


def _tie_kpis(found: EngagementInfo) -> list[tuple[str, str, str]]:
    if found.population is None:
        return []
    tie, currency = found.population.tie, found.scope.currency
    return [
        (_("Decisions"), format_count(len(found.population.items)), ""),
        (_("Approved in all"), money(tie["population"], currency), ""),
        (_("Posted in the ledger"), money(tie["ledger"], currency), _("in the same days")),
        (
            _("Difference"),
            money(tie["difference"], currency),
            _("explained below") if tie["lines"] else _("ties"),
        ),
    ]


def _types(found: EngagementInfo) -> list[Table]:
    if found.population is None or len(found.population.tie["types"]) < 2:
        return []
    currency = found.scope.currency
    return [
        Table(
            "types",
            _("By type"),
            [
                Column(_("Type")),
                Column(_("Decisions"), "num"),
                Column(_("Approved"), "num"),
                Column(_("Posted"), "num"),
                Column(_("Difference"), "num"),
            ],
            [
                Row(
                    [
                        Cell(each["type"] or _("unknown")),
                        Cell(format_count(each["items"]), css="num"),
                        money_cell(Money(each["decided"], currency)),
                        money_cell(Money(each["posted"], currency)),
                        money_cell(Money(each["decided"] - each["posted"], currency), signed=True),
                    ],
                    id=f"type-{place}",
                )
                for place, each in enumerate(found.population.tie["types"])
            ],
            Empty(_("No type"), "", "na"),
            note=_("A pre-approval and the claim on it are counted each in its own type."),
        )
    ]


def _tie_table(found: EngagementInfo) -> list[Table]:
    if found.population is None:
        return []
    tie, currency = found.population.tie, found.scope.currency
    note = ""
    if tie["left_out_lines"]:
        note = _("%(count)s smaller ones are not shown; the sums are over all.") % {
            "count": format_count(tie["left_out_lines"])
        }
    return [
        Table(
            "tie",
            _("What explains the difference"),
            [
                Column(_("Submission")),
                Column(_("Why")),
                Column(_("Entries")),
                Column(_("Decided"), "num"),
                Column(_("Posted"), "num"),
                Column(_("Difference"), "num"),
            ],
            [
                Row(
                    [
                        Cell(
                            line["number"] or line["submission"],
                            submission_url(line["submission"]) if line["number"] else "",
                        ),
                        Cell(CAUSES[line["cause"]]),
                        Cell(", ".join(line["entries"]) or _("none"), css="soft long"),
                        money_cell(Money(line["decided"], currency)),
                        money_cell(Money(line["posted"], currency)),
                        money_cell(Money(line["difference"], currency), signed=True),
                    ],
                    id=f"tie-{line['submission']}",
                )
                for line in tie["lines"]
            ],
            Empty(
                _("Every decision is posted with its amount"),
                _("The population and the ledger have the same sum."),
                "pass",
            ),
            note=note,
        )
    ]


def _items(found: EngagementInfo) -> Table:
    items = found.population.items if found.population is not None else ()
    currency = found.scope.currency
    note = ""
    if len(items) > ITEMS_SHOWN:
        note = _("%(shown)s of %(all)s shown; the files have all of them.") % {
            "shown": ITEMS_SHOWN,
            "all": format_count(len(items)),
        }
    return Table(
        "items",
        _("Decisions"),
        [
            Column(_("Submission")),
            Column(_("Partner")),
            Column(_("Type")),
            Column(_("Decided")),
            Column(_("Amount"), "num"),
        ],
        [
            Row(
                [
                    Cell(item.number, submission_url(item.submission), item.decided_at[:10]),
                    Cell(item.partner),
                    Cell(item.playbook, css="soft"),
                    Cell(status=OUTCOMES[item.outcome]),
                    money_cell(Money(item.minor, currency)),
                ],
                id=item.decision,
            )
            for item in items[:ITEMS_SHOWN]
        ],
        Empty(
            _("The population was not drawn yet"),
            _("The audit's page has the button."),
            "eye",
            reverse("console:engagement", args=[found.id]),
            _("Open the audit"),
        ),
        note=note,
    )

"""The words of an audit's report, for page, PDF and pack alike, from the report's own data.

Only what the report holds is read, so a report that was kept reads the same years later.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.core.sampling import Method, Plan
from counterfoil.core.sampling.drawing import plan_from_json
from counterfoil.core.statement_words import say_amount
from counterfoil.core.tying import Cause

Said = Mapping[str, Any]
TIE_LINES_SHOWN = 20
METHODS: Mapping[Method, str] = {
    Method.DISCOVERY: "Attribute discovery",
    Method.RANDOM: "Random",
    Method.STRATIFIED: "Stratified",
    Method.MONETARY: "Monetary unit",
}
CAUSES: Mapping[str, str] = {
    Cause.NOT_POSTED: "Decided and not posted",
    Cause.OTHER_AMOUNT: "Posted with another amount",
    Cause.REVERSED: "Reversed in the ledger",
    Cause.OTHER_TYPE: "Posted for a type outside the scope",
    Cause.NOT_DECIDED: "Posted without a decision in the scope",
}
KINDS: Mapping[str, str] = {"finding": "Finding", "gap": "Gap", "exception": "Exception"}
ANSWER_WORDS: Mapping[str, str] = {"yes": "Yes", "no": "No", "na": "Not applicable"}
OUTCOME_WORDS: Mapping[str, str] = {
    "qualified": "Approved",
    "declined": "Not approved",
    "duplicate": "Duplicate",
    "returned": "Returned",
}
CHANGE_WORDS: Mapping[str, str] = {
    "same": "Same outcome",
    "amount": "Another amount",
    "approved": "Would be approved",
    "not_approved": "Would not be approved",
    "needs_information": "Would need information",
    "person": "A person decided against the criteria",
    "unreadable": "Can't be judged under the draft",
}


def say_rate(ppm: int) -> str:
    """Return parts per million as a percentage, rounded up to a hundredth of a percent."""
    hundredths = -(-ppm // 100)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}%" if not rest else f"{whole}.{rest:02d}".rstrip("0") + "%"


def say_plan(plan: Plan, *, currency: str) -> str:
    """Return in a sentence how a sample is drawn."""
    confidence = say_rate(plan.confidence_ppm)
    match plan.method:
        case Method.DISCOVERY:
            return (
                f"As many items as it takes to find, with {confidence} confidence, more than "
                f"{plan.expected} deviations if {say_rate(plan.tolerable_ppm)} of the population "
                "deviate."
            )
        case Method.RANDOM:
            return f"{plan.size} items, each as likely as any other; {confidence} confidence."
        case Method.STRATIFIED:
            bands = ", ".join(_money(each, currency) for each in plan.bands)
            by = f"by amount, with bands from {bands}" if plan.bands else "by type"
            top = "; the top band is taken whole" if plan.is_top_whole else ""
            return f"{plan.size} items, {by}{top}; {confidence} confidence."
        case Method.MONETARY:
            return (
                f"Every item of {_money(plan.interval, currency)} or more, and of the others "
                f"those that hold every {_money(plan.interval, currency)}: so a misstatement of "
                f"{_money(plan.tolerable_minor, currency)} is found with {confidence} confidence."
            )


def say_bound(evaluation: Said, plan: Plan, *, currency: str) -> str:
    """Return in a sentence what the sample proves."""
    confidence = say_rate(plan.confidence_ppm)
    if evaluation["upper"] is None:
        return (
            f"With {confidence} confidence not more than "
            f"{_money(evaluation['upper_minor'], currency)} was approved too much in all. Items "
            "without an amount are not in reach of this method, and no bound is stated for what "
            "was approved too little."
        )
    words = (
        f"With {confidence} confidence at most {evaluation['upper']} of "
        f"{evaluation['population']} decisions deviate ({say_rate(evaluation['upper_ppm'])})."
    )
    if evaluation["process_ppm"] is not None:
        words += (
            " As a sample of how such decisions are made: a rate of at most "
            f"{say_rate(evaluation['process_ppm'])}."
        )
    return words


def report_document(report: Said) -> dict[str, Any]:
    """Return title, subtitle and sections: each with a heading, paragraphs, facts and a table."""
    closed = report["closed"]
    sections = [
        _about(report),
        *_population(report),
        *_sample(report),
        *_result(report),
        *_under_the_draft(report),
        _findings(report),
        *_refinements(report),
        _papers(report),
        *_asks(report),
    ]
    return {
        "title": report["title"],
        "subtitle": (
            f"Dry-run audit, closed {_day(closed['at'])} by {closed['name']}"
            if closed
            else "Dry-run audit, draft report: the engagement is still open"
        ),
        "version": f"{report['engagement']}, seed {report['seed']}",
        "sections": sections,
        "language": "en",
    }


def _about(report: Said) -> dict[str, Any]:
    scope = report["scope"]
    draft = scope["draft"]
    facts = [
        ["Program", scope["program"]],
        ["Types", ", ".join(scope["playbooks"]) or "all"],
        ["Decided", f"{scope['first_on']} to {scope['last_on']}"],
        ["Judged by", f"the draft {draft['label']}" if draft else "the rules of each decision"],
        ["Opened", f"{_day(report['opened']['at'])} by {report['opened']['name']}"],
    ]
    if draft and draft["sha256"]:
        facts.append(["Draft's text", f"sha256 {draft['sha256']}"])
    return {
        "heading": "Purpose and scope",
        "paragraphs": [
            report["purpose"],
            "No decision, no partner, no deadline and no money is touched by this audit.",
        ],
        "facts": facts,
        "bullets": list(report["questions"]),
        "bullets_title": "Each work paper answers:",
    }


def _population(report: Said) -> list[dict[str, Any]]:
    population = report["population"]
    if population is None:
        return []
    currency = report["scope"]["currency"]
    tie = population["tie"]
    facts = [
        ["Decisions", str(population["items"])],
        ["Approved in all", _money(population["total_minor"], currency)],
        ["Posted in the ledger", _money(tie["ledger"], currency)],
        ["Difference", _money(tie["difference"], currency)],
        ["Frozen", f"{_day(population['at'])} by {population['name']}"],
        ["Fingerprint", f"sha256 {population['sha256']}"],
    ]
    if population["other_currencies"]:
        facts.append(["Left out, other currency", str(population["other_currencies"])])
    facts += [
        [
            f"Of type {each['type'] or 'unknown'}",
            f"{each['items']} decisions, {_money(each['decided'], currency)} approved, "
            f"{_money(each['posted'], currency)} posted",
        ]
        for each in tie["types"]
        if len(tie["types"]) > 1
    ]
    section: dict[str, Any] = {"heading": "Population", "facts": facts}
    if tie["lines"]:
        section["paragraphs"] = ["What explains the difference:"]
        section["table"] = {
            "headings": ["Submission", "Why", "Decided", "Posted", "Difference"],
            "columns": [3, 5, 3, 3, 3],
            "right_from": 2,
            "rows": [
                [
                    line["number"] or line["submission"],
                    CAUSES[line["cause"]],
                    _money(line["decided"], currency),
                    _money(line["posted"], currency),
                    _money(line["difference"], currency),
                ]
                for line in tie["lines"][:TIE_LINES_SHOWN]
            ],
        }
        left = len(tie["lines"]) + tie["left_out_lines"] - TIE_LINES_SHOWN
        if left > 0:
            section["paragraphs"].append(
                f"The {TIE_LINES_SHOWN} largest are shown; {left} others stand in the workbook."
            )
    else:
        section["paragraphs"] = ["The population ties to the ledger: every decision is posted."]
    return [section]


def _sample(report: Said) -> list[dict[str, Any]]:
    sample = report["sample"]
    if sample is None:
        return []
    plan, currency = plan_from_json(sample["plan"]), report["scope"]["currency"]
    return [
        {
            "heading": "Sample",
            "paragraphs": [
                say_plan(plan, currency=currency),
                "Stated before the papers were worked, should they find "
                f"{sample['promise']['deviations'] or 'no'} deviation"
                f"{'' if sample['promise']['deviations'] == 1 else 's'}: "
                + say_bound(sample["promise"], plan, currency=currency),
            ],
            "facts": [
                ["Method", METHODS[plan.method]],
                ["Items drawn", str(sample["size"])],
                ["Seed", plan.seed],
                ["Drawn by", str(sample["plan"]["algorithm"])],
                ["Fingerprint", f"sha256 {sample['sha256']}"],
            ],
        }
    ]


def _result(report: Said) -> list[dict[str, Any]]:
    found = report["evaluation"]
    sample = report["sample"]
    if found is None or sample is None:
        return []
    plan, currency = plan_from_json(sample["plan"]), report["scope"]["currency"]
    section: dict[str, Any] = {
        "heading": "Result",
        "paragraphs": [say_bound(found, plan, currency=currency)],
        "facts": [
            ["Deviations found", f"{found['deviations']} of {found['drawn']}"],
            ["Approved too much, found", _money(found["over_minor"], currency)],
            ["Approved too little, found", _money(found["under_minor"], currency)],
            ["Likely in the whole population", _money(found["projected_minor"], currency)],
            ["Computed again, the same", _same_words(report["papers"])],
        ],
    }
    if report["conclusion"]:
        section["paragraphs"] = [report["conclusion"], *section["paragraphs"]]
    if found["strata"]:
        section["table"] = {
            "headings": ["Stratum", "Items", "Drawn", "Deviations", "At most"],
            "columns": [4, 2, 2, 2, 2],
            "right_from": 1,
            "rows": [
                [
                    f"from {_money(int(each['name']), currency)}" if plan.bands else each["name"],
                    str(each["items"]), str(each["drawn"]), str(each["deviations"]),
                    str(each["upper"]),
                ]
                for each in found["strata"]
            ],
        }  # fmt: skip
    return [section]


def _under_the_draft(report: Said) -> list[dict[str, Any]]:
    """Say what the draft would make of the drawn decisions, and what money would differ."""
    draft, currency = report["scope"]["draft"], report["scope"]["currency"]
    if draft is None or not report["papers"]:
        return []
    counts = Counter(each["change"] for each in report["papers"])
    against = Counter(
        each["change"]
        for each in report["papers"]
        if each["answer"] is not None and each["answer"]["is_deviation"]
    )
    rows = [
        [CHANGE_WORDS[key], str(counts[key]), str(against[key])]
        for key in CHANGE_WORDS
        if counts[key]
    ]
    flips = Counter(name for each in report["papers"] for name in each["flips"])
    judged = [
        each
        for each in report["papers"]
        if each["would_be"] is not None and each["would_be"]["currency"] == currency
    ]
    would_be = sum(each["would_be"]["minor"] for each in judged)
    was = sum(each["payable_minor"] for each in judged)
    return [
        {
            "heading": "Under the draft",
            "paragraphs": [
                f"The drawn decisions judged by {draft['label']}, from what their records hold. "
                f"{len(judged)} of {len(report['papers'])} give an amount: "
                f"{_money(was, currency)} as decided, {_money(would_be, currency)} under the "
                "draft.",
                "Criteria that say something else: "
                + (", ".join(f"{name} ({flips[name]})" for name in sorted(flips)) or "none")
                + ".",
            ],
            "table": {
                "headings": ["Under the draft", "Decisions", "Deviations found"],
                "columns": [8, 2, 3],
                "right_from": 1,
                "rows": rows,
            },
        }
    ]


def _same_words(papers: Sequence[Said]) -> str:
    return f"{sum(each['is_same'] for each in papers)} of {len(papers)}"


def _findings(report: Said) -> dict[str, Any]:
    rows = [
        [
            f"{each['seq']}",
            KINDS[each["kind"]],
            f"{each['title']}. {each['body']}"
            + (f" (criterion {each['criterion']})" if each["criterion"] else ""),
            ", ".join(link["number"] for link in each["submissions"]),
        ]
        for each in report["findings"]
    ]
    section: dict[str, Any] = {"heading": "Findings, gaps and exceptions"}
    if rows:
        section["table"] = {
            "headings": ["No.", "Kind", "What", "Submissions"],
            "columns": [1, 2, 9, 4],
            "right_from": 9,
            "rows": rows,
        }
    else:
        section["paragraphs"] = ["None."]
    if report["withdrawn"]:
        section["bullets_title"] = "Withdrawn:"
        section["bullets"] = [
            f"No. {each['seq']}, {each['title']}: {each['reason']}" for each in report["withdrawn"]
        ]
    return section


def _refinements(report: Said) -> list[dict[str, Any]]:
    rows = [
        [str(finding["seq"]), each["body"], each["owner"], each["due_on"]]
        for finding in report["findings"]
        for each in finding["refinements"]
    ]
    if not rows:
        return []
    return [
        {
            "heading": "Recommended refinements",
            "table": {
                "headings": ["Of no.", "What", "Owner", "Until"],
                "columns": [2, 8, 4, 3],
                "right_from": 9,
                "rows": rows,
            },
        }
    ]


def _papers(report: Said) -> dict[str, Any]:
    currency = report["scope"]["currency"]
    has_draft = report["scope"]["draft"] is not None
    rows = []
    for each in report["papers"]:
        answer = each["answer"]
        engine = "the same" if each["is_same"] else "differs"
        if has_draft:
            because = f" ({', '.join(each['flips'])})" if each["flips"] else ""
            engine = (
                CHANGE_WORDS[each["change"]]
                + because
                + ("" if each["is_same"] else "; record differs")
            )
        rows.append(
            [
                str(each["seq"]),
                f"{each['number']}, {each['partner']}",
                f"{OUTCOME_WORDS.get(each['outcome'], each['outcome'])}, "
                f"{_money(each['payable_minor'], currency)}",
                engine,
                _answer_words(answer, currency) if answer else "not answered yet",
            ]
        )
    section: dict[str, Any] = {"heading": "Work papers"}
    if rows:
        section["table"] = {
            "headings": [
                "No.", "Submission", "Decided", "Under the draft" if has_draft else "Again",
                "Auditor",
            ],
            "columns": [1, 4, 4, 3, 7],
            "right_from": 9,
            "rows": rows,
        }  # fmt: skip
    else:
        section["paragraphs"] = ["No sample was drawn yet."]
    return section


def _answer_words(answer: Said, currency: str) -> str:
    answers = ", ".join(ANSWER_WORDS[each].lower() for each in answer["answers"])
    right = (
        f" Right would be {_money(answer['right_minor'], currency)}."
        if answer["right_minor"] is not None
        else ""
    )
    verdict = "Deviation" if answer["is_deviation"] else "No deviation"
    return f"{verdict} ({answers}). {answer['seen']}{right} {answer['name']}, {_day(answer['at'])}"


def _asks(report: Said) -> list[dict[str, Any]]:
    rows = [
        [
            str(each["seq"]),
            each["body"],
            " ".join(
                f"{reply['name']}: {reply['body']}"
                + (f" [{'; '.join(reply['evidence'])}]" if reply["evidence"] else "")
                for reply in each["replies"]
            )
            or "no reply",
            "settled" if each["is_settled"] else "open",
        ]
        for each in report["asks"]
    ]
    if not rows:
        return []
    return [
        {
            "heading": "Requests",
            "table": {
                "headings": ["No.", "Asked for", "Replies", "State"],
                "columns": [1, 6, 7, 2],
                "right_from": 9,
                "rows": rows,
            },
        }
    ]


def _day(at: str) -> str:
    return at[:10]


def _money(minor: int, currency: str) -> str:
    return say_amount(minor, currency, "en")

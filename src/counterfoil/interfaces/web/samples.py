"""Sample data for the style guide page and the tests of the templates.

All names and figures are made up, and they tie: the claim CLM-2026-04417 is the same one, to the
cent, in every part. Each partial has an entry in `SAMPLES`, so a partial without one fails a test.
"""

from datetime import UTC, date, datetime
from typing import Any

from counterfoil.core.money import Money
from counterfoil.interfaces.web import presenters as show

ZONE = "Europe/Berlin"
DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOURS = 3600


def eur(minor: int) -> show.MoneyText:
    """Return an amount in EUR for the screen."""
    return show.show_money(Money(minor, "EUR"))


def sample_context() -> dict[str, Any]:
    """Return the context of the style guide page; partials take theirs by `{% sample %}`."""
    return {
        "swatches": ("ok", "bad", "warn", "ours", "theirs", "mute"),
        "verdicts": list(show.VERDICTS.values()),
        "turns": list(show.TURNS.values()),
        "outcomes": list(show.OUTCOMES.values()),
        "reviews": list(show.REVIEW_STATES.values()),
        "stages": list(show.MONEY_STAGES.values()),
        "clocks": [
            show.show_clock(elapsed=14 * HOURS, limit=24 * HOURS),
            show.show_clock(elapsed=23 * HOURS - 1200, limit=24 * HOURS),
            show.show_clock(elapsed=25 * HOURS + 300, limit=24 * HOURS),
            show.show_clock(elapsed=10 * HOURS, limit=24 * HOURS, is_paused=True),
        ],
        "fields": fields(),
    }


def chart() -> show.Chart:
    """This will draw three months of what became owed and what was paid."""
    return show.column_chart(
        "sample-chart",
        "Payments keep up with accruals",
        groups=["September", "October", "November"],
        short=["Sep", "Oct", "Nov"],
        series=[
            show.ChartSeries("f-approved", "Accrued", [620000, 410000, 500000]),
            show.ChartSeries("f-paid", "Paid", [600000, 430000, 480000]),
        ],
        currency="EUR",
        is_stacked=False,
        table_url="#table",
        limit=("Budget", 700000),
    )


def samples() -> dict[str, dict[str, Any]]:
    """Return the variables of every partial, keyed by its template name below `web/`."""
    return {**_shared(), **_queue(), **_review(), **_portal(), **_money(), **_playbooks()}


def fields() -> list[show.FieldPart]:
    """Return one field of each kind and state."""
    kinds = [
        show.OptionPart("booth", "Booth"),
        show.OptionPart("signage", "Signage", is_chosen=True),
    ]
    yes_no = [
        show.OptionPart("no", "No", is_chosen=True),
        show.OptionPart("yes", "Yes, part of it"),
    ]
    error = "Enter a date between Oct 6 and Nov 12, 2026."
    return [
        show.FieldPart("number", "Invoice number", value="SF-0931"),
        show.FieldPart("net", "Net amount", value="2,340.00", affix="EUR", hint="Without tax."),
        show.FieldPart("paid_on", "Date of payment", value="Oct 1, 2026", error=error),
        show.FieldPart("vendor", "ERP vendor number", value="V-102884", is_disabled=True),
        show.FieldPart("read_on", "Read from the invoice", value="Oct 6, 2026", is_read=True),
        show.FieldPart("category", "Category", "select", options=kinds, width="w-l"),
        show.FieldPart("other", "Did anyone else pay part of it?", "radio", options=yes_no),
        show.FieldPart("kinds", "What took place?", "checkboxes", options=kinds),
        show.FieldPart("last", "This is my last claim", "checkbox", hint="The rest goes back."),
        show.FieldPart("reason", "What would pass", "textarea", hint="The partner reads this."),
        show.FieldPart("proof", "Photos of the event", "file", accept="image/*", is_multiple=True),
    ]


def steps() -> list[show.AmountStep]:
    """Return how 6,200.00 EUR came out of 21,170.10 EUR."""
    cuts = (
        ("Tax that you can recover", "TAX", -338010),
        ("Storage line, outside the activity", "NOT_ELIGIBLE", -60000),
        ("Paid by another sponsor", "OTHER_FUNDING", -50000),
        ("Partner's own share, 50%", "OUR_SHARE", -834500),
        ("Above what is left of the pre-approval", "PREAPPROVED_LEFT", -14500),
        ("Advance paid Sep 28", "ADVANCE", -200000),
    )
    return show.amount_steps(
        requested=Money(2117010, "EUR"),
        adjustments=[(label, code, Money(minor, "EUR")) for label, code, minor in cuts],
        labels=("Requested, five invoice lines with tax", "To pay"),
    )


def _shared() -> dict[str, dict[str, Any]]:
    missing = [show.Missing("Date of payment", "#f-paid_on"), show.Missing("Photo", "#f-proof")]
    steps_ = [show.Step("Activity", "done", "#s1"), show.Step("Invoices, 1 to fix", "warn", "#s2")]
    act_form = {
        "title": "Approve 6,200.00 EUR, return one line",
        "act_url": "#approve",
        "back_url": "#back",
        "facts": [("Now", "4 lines are approved."), ("Returned", "EK-2026-1182, line 2")],
        "notice": "Not approved is final. The partner may appeal within 30 days.",
        "notice_tone": "bad",
        "form_fields": fields()[9:10],
        "hidden": [("version", "3")],
        "confirm": "Approve and return",
    }
    nav = [
        show.NavSection(
            "",
            [show.NavItem("Queue", "#queue", "queue", "queue", 14, current=True, shortcut="g q")],
        ),
        show.NavSection("Money", [show.NavItem("Funds", "#funds", "fund", "funds", None)]),
    ]
    verdict, fields_ = show.VERDICTS["pass"], fields()
    me = show.Me("Dana Whitfield", "DW", "Incentive operations")
    return {
        "_icon": {"name": "pass"},
        "_icons": {},
        "_mark": {},
        "_dialog": {},
        "_status": {"s": verdict, "look": "tint"},
        "_money": {"m": eur(620000)},
        "_moment": {"m": show.show_moment(DUE, ZONE)},
        "_chart": {"chart": chart()},
        "_inquiry": {"q": _asked(), "back": "all"},
        "_guide": {"guide": _guide(), "guide_lang": "en"},
        "_clock": {"c": show.show_clock(elapsed=50000, limit=86400)},
        "_glance": {"glance": show.glance_of({"pass": 4, "fail": 1, "unknown": 1})},
        "_field": {"f": fields_[2]},
        "_field_words": {"f": fields_[2]},
        "_control": {"f": fields_[0]},
        "_control_attrs": {"f": fields_[0]},
        "_form_errors": {},
        "_missing": {"title": "Two things are missing", "missing": missing, "note": "Send now?"},
        "_act": {"a": show.Act("Approve", "#a", "pass", "main-act", "a")},
        "_act_form": act_form,
        "_refused": {
            "title": "Approve CLM-2026-04417",
            "refused": "Dana Whitfield approved it at 10:41 CET.",
            "unlocks": "A claim is decided once.",
            "back_url": "#back",
        },
        "_toast": {"messages": []},
        "_notices": {"messages": []},
        "_nav": {"nav": nav, "foot_lines": ["Northgate Systems GmbH", "Times in Hamburg, CET"]},
        "_palette": {"nav": nav, "find_url": "#find"},
        "_keys": {"nav": nav},
        "_crumbs": {"crumbs": [show.Crumb("Queue", "#queue"), show.Crumb("CLM-2026-04417")]},
        "_me": {"me": me},
        "_profile_form": {
            "form": {},
            "name": "Dana Whitfield",
            "email": "dana@vendor.example",
            "seats": [],
        },
        "_tabs": {
            "tabs": [show.Tab("Mine", "#mine", current=True, count="14")],
            "tabs_label": "Saved views",
        },
        "_bulk": {"bulk_acts": [show.Act("Approve", "#approve"), show.Act("Return", "#return")]},
        "_pager": {"pager": show.Pager("1 to 6 of 1,284", "", "#older")},
        "_empty": {
            "e": show.Empty(
                "No claims yet",
                "Claims appear here when a partner sends one.",
                url="#import",
                label="Import pre-approvals",
            )
        },
        "_failed": {
            "failed": show.Failed(
                "The list could not be loaded", "Nothing was changed.", "err_7f21", "#retry"
            )
        },
        "_failed_request": {},
        "_skeleton": {"rows": "123"},
        "_steps": {
            "steps": [*steps_, show.Step("3. Proof", "current"), show.Step("4. Check and send")],
            "steps_label": "Steps",
        },
        "_demo_group": {
            "title": "The vendor",
            "group_id": "staff",
            "people": [
                {"name": "Dana", "role": "Operations", "what": "Clears claims", "url": "#in"}
            ],
        },
    }


def _queue() -> dict[str, dict[str, Any]]:
    row = {
        "id": "sub_4417",
        "number": "CLM-2026-04417",
        "group_key": "next",
        "url": "#review",
        "preview_url": "#preview",
        "partner": "Alster Datentechnik GmbH",
        "kind": "MDF claim",
        "title": "Cloud Security Forum Hamburg",
        "turn": show.TURNS["us"],
        "glance": show.glance_of({"pass": 4, "fail": 1, "unknown": 1, "not_applicable": 1}),
        "amount": eur(620000),
        "clock": show.show_clock(elapsed=13 * HOURS + 2880, limit=24 * HOURS),
        "owner_initials": "DW",
        "owner_words": "Dana Whitfield (you)",
    }
    other = {
        **row,
        "id": "sub_4409",
        "number": "CLM-2026-04409",
        "partner": "Kitano Digital K.K.",
        "amount": show.show_money(Money(1240000, "JPY")),
        "clock": show.show_clock(elapsed=25 * HOURS, limit=24 * HOURS),
        "owner_initials": "",
        "owner_words": "",
    }
    group = {
        "key": "next",
        "title": "Next business days",
        "note": "promised by Mon, Nov 23",
        "rows": [other, row],
    }
    nothing = show.Empty(
        "Nothing waits for a decision", "New submissions appear here as they come in.", "pass"
    )
    finding = {
        "tone": "bad",
        "icon": "fail",
        "title": "MDF-03 The invoice line belongs to this activity",
        "text": "1 of 5 lines: storage of Nov 1-30 lies outside Oct 13-14.",
    }
    preview = {
        "number": row["number"],
        "kind": row["kind"],
        "url": row["url"],
        "title": row["title"],
        "partner_words": "Alster Datentechnik GmbH, DE",
        "turn": row["turn"],
        "promised": show.show_moment(DUE, ZONE),
        "left_words": "10h 12m left",
        "amount": row["amount"],
        "owner_words": "Dana Whitfield (you)",
        "findings": [finding],
        "passed_words": "4 criteria pass",
        "not_applicable_words": "1 not applicable",
        "steps": steps(),
        "evidence": [("EK-2026-1182.pdf", "#doc", "read by machine")],
        "last_words": "Nov 17, 16:48 CET: the partner sent a complete reply.",
        "acts": [
            show.Act("Approve", "#a", "", "main-act", "a", "MDF-05 has no answer yet."),
            show.Act("Return", "#r", "", "", "r"),
            show.Act("Decline", "#d", "", "danger", "d"),
        ],
    }
    filters = [show.FieldPart("type", "Type", "select", options=[show.OptionPart("", "All")])]
    return {
        "queue/_queue_row": {"row": row},
        "queue/_queue_group": {"group": group},
        "queue/_groups": {"groups": [], "nothing": nothing},
        "queue/_preview": {"preview": preview},
        "queue/_decide": _shared()["_act_form"],
        "queue/_decided": {"gone": ["sub_4409"], "counts": [("queue", 13)]},
        "queue/_search": {"search_url": "#queue", "search_text": "alster", "filters": filters},
    }


def _review() -> dict[str, dict[str, Any]]:
    logo = "Does the material show our current logo?"
    answers = [show.OptionPart("yes", "Yes"), show.OptionPart("no", "No")]
    q = {"id": "ask1", "text": logo, "url": "#answer", "field": "value", "options": answers}
    c = {
        "id": "MDF-05",
        "title": "The material shows our logo",
        "verdict": show.VERDICTS["unknown"],
        "why": "A person has to confirm what the machine read.",
        "open": True,
        "question": q,
        "grounds": [
            {"word": "Seen", "quote": "Lagerfläche 01.11.-30.11.2026", "note": "page 1, line 2"},
            {"word": "Must be verified by", "text": "A person (above 500.00 USD)"},
            {"word": "Reason", "code": "NO_BRANDING", "text": "can be cured"},
        ],
        "trace_lines": ["logo visible: needs information"],
    }
    line = {
        "url": "#doc",
        "invoice": "EK-2026-1182",
        "position": 2,
        "supplier": "Elbhallen Kongress GmbH",
        "supplied": "Nov 1-30",
        "category": "Storage",
        "net": eur(60000),
        "tax": eur(11400),
        "result": show.Status("Outside", "fail", "bad"),
        "is_bad": True,
    }
    paper = {"text": "RECHNUNG EK-2026-1182\nLagerfläche 600,00", "label": "Page 1 as text"}
    event = {"text": "Screening: 4 pass, 1 fail", "when_words": "Nov 12, 15:34 CET · machine"}
    message = {
        "author": "Jule Harms",
        "sent_words": "Alster Datentechnik, Nov 17, 16:48 CET",
        "text": "Attached: bank statement of Oct 29.",
        "is_mine": False,
    }
    note = {"author": "Marcus Oyelaran", "when_words": "Nov 17", "text": "Storage again."}
    return {
        "review/_criterion": {"c": c},
        "review/_question": {"q": q},
        "review/_evidence": {"files": [{"url": "#d", "label": "a.pdf", "current": True}]},
        "review/_evidence_page": {"page": paper},
        "review/_amount_steps": {"steps": steps(), "currency": "EUR"},
        "review/_line_row": {"l": line},
        "review/_lines": {
            "lines": [line],
            "lines_words": "1 line, 1 invoice, EUR",
            "net_total": eur(60000),
            "tax_total": eur(11400),
        },
        "review/_message": {"m": message},
        "review/_note": {"n": note},
        "review/_clock_line": {"clock_events": clock_events()},
        "review/_event": {"event": event},
        "review/_decide_bar": {
            "waiting": show.Status("Answer MDF-05 before you approve", "unknown", "warn"),
            "acts": _queue()["queue/_preview"]["preview"]["acts"][::-1],
        },
    }


def _guide() -> dict[str, Any]:
    """Return a guide of one section with each kind of part."""
    section = {
        "anchor": "what",
        "heading": "What we pay for",
        "paragraphs": ["Activities that were approved beforehand."],
        "facts": [("Our share", "50 %")],
        "bullets": ["Events", "Advertising"],
        "table": {"headings": ["Activity", "Proof"], "rows": [("Event", "Photo", "Invitation")]},
    }
    return {"title": "Guide", "version": "mdf-claim 2026.1", "sections": [section]}


def _asked() -> dict[str, Any]:
    """Return a question to an account executive that was answered and may still change."""
    return {
        "url": "#answer",
        "asker": "Marcus Oyelaran",
        "partner": "Northwind Systems GmbH",
        "deal": "Contoso, 40 seats",
        "title": "CLM-2026-04417 · Autumn trade fair",
        "words": "They ran the workshop that opened the door.",
        "shown": ("Proof of execution: Photo",),
        "due": show.show_moment(DUE, ZONE),
        "answered": "You answered: Confirm, Fri, Nov 20, 2026, 13:00 UTC",
        "answered_words": "I was there.",
        "note": "Ann Ames says that you know.",
        "buttons": [("confirm", "Confirm", "pass"), ("dispute", "Dispute", "fail")],
        "field": show.FieldPart("words", "Reason or note", "textarea"),
        "pass_on_url": "#pass-on",
    }


def clock_events() -> list[dict[str, Any]]:
    """Return the line of a clock that paused once."""
    rows = (
        ("ours", "ours", "Sent, our clock starts", "Thu, Nov 12, 15:30 CET", "", False),
        (
            "theirs",
            "pause",
            "Returned, our clock pauses",
            "Fri, Nov 13, 11:18 CET",
            "paused",
            False,
        ),
        ("ok", "dot", "Now, 10h 12m left", "Thu, Nov 19, 10:48 CET", "", True),
        ("", "clock", "Promised decision", "Fri, Nov 20, 13:00 CET", "next", False),
    )
    names = ("tone", "icon", "text", "when_words", "state", "is_strong")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _portal() -> dict[str, dict[str, Any]]:
    turn = {
        "status": show.TURNS["you"],
        "about": "one invoice line",
        "title": "Send a new line for storage, or leave it out",
        "due": show.show_moment(datetime(2026, 12, 4, 22, 59, tzinfo=UTC), ZONE),
        "text": "If you do nothing, the line is closed and you keep what was paid.",
        "acts": [show.Act("Fix the line", "#fix", "", "main-act", dialog=False)],
    }
    left = {
        "label": "Left of your pre-approval",
        "amount": eur(820000),
        "until": "Send by Fri, Nov 13, 2026",
        "until_tone": "warn",
        "text": "23:59 CET, tomorrow.",
        "url": "#ext",
        "url_label": "Ask for 30 more days",
    }
    invoice = {
        "title": "SF-0931, Studio Fährmann",
        "file_words": "SF-0931.pdf, 1 page",
        "state": show.Status("Read", "pass", "ok"),
        "is_prefilled": True,
        "form_fields": fields()[:3],
        "wide_fields": fields()[6:7],
        "notices": [("warn", "unknown", "Line 2 is unlikely to be paid", "It lies outside.")],
        "remove_url": "#remove",
    }
    piece = {
        "title": "Photo of the event",
        "state": show.VERDICTS["unknown"],
        "hint": "On which our current logo can be seen.",
        "not_counting": "stock photos",
        "file": fields()[10],
    }
    finding = {
        "status": show.VERDICTS["fail"],
        "heading": "Returned: invoice EK-2026-1182, line 2, 600.00 EUR",
        "criterion": "MDF-03",
        "criterion_title": "The invoice line belongs to this activity.",
        "seen_quote": "Lagerfläche 01.11.-30.11.2026",
        "why": "Your activity took place on Oct 13-14, 2026.",
        "would_pass": "A line supplied on Oct 13-14, 2026.",
    }
    letter = {
        "sender_lines": ["Northgate Systems GmbH", "Partner operations"],
        "reference_lines": ["Nov 20, 2026, 11:26 CET", "CLM-2026-04417"],
        "greeting": "Dear Ms. Harms,",
        "paragraphs": ["Four of five invoice lines are approved. One line is returned."],
        "findings": [finding],
        "steps": steps(),
        "currency": "EUR",
        "appeal_words": "You may appeal until Dec 20, 2026.",
        "appeal_url": "#appeal",
    }
    paid = {
        "label": f"Paid {show.format_day(date(2026, 11, 26))}",
        "amount": eur(620000),
        "facts": [("Reference", "NGS-2026-000311/17"), ("To account", "DE •••• 4471")],
        "url": "#remit",
        "url_label": "Remittance advice",
    }
    other = {"url": "#o", "title": "Security webinar", "status": show.TURNS["us"], "note": "soon"}
    share_ = {"share_title": "What you would get", "share_note": "Final when checked."}
    return {
        "portal/_turn": {"turn": turn},
        "portal/_left": {"left": left},
        "portal/_invoice_form": {"inv": invoice},
        "portal/_proof_piece": {"piece": piece},
        "portal/_share": {"steps": steps(), "currency": "EUR", **share_},
        "portal/_stub": {"stub": paid},
        "portal/_letter": {"letter": letter},
        "portal/_other_claim": {"claim": other},
        "portal/_progress": {"clock_events": clock_events()},
    }


def _money() -> dict[str, dict[str, Any]]:
    parts = [
        ("f-available", 18831040),
        ("f-open", 14290000),
        ("f-claimed", 4827560),
        ("f-approved", 3718135),
        ("f-paid", 56673265),
        ("f-expired", 1660000),
    ]
    heads = ("Budget", "Available", "Pre-approved (open)", "Claimed", "Approved", "Paid")
    fund = {
        "id": "fnd_1",
        "url": "#fund",
        "name": "EMEA Growth Fund FY26",
        "note": "Program: Channel Growth",
        "currency": "EUR",
        "total_words": "1,000,000.00 EUR · 19% available",
        "bar_label": "188,310.40 EUR available of 1,000,000.00. All figures are in the table.",
        "segments": show.bar_segments(parts, total=100000000),
        "cells": [(head, eur(minor)) for head, (_css, minor) in zip(heads, parts, strict=True)],
        "entries": "1,284",
        "entries_url": "#entries",
    }
    entry = {
        "posted": "Nov 19, 2026 09:12",
        "number": "E-88214",
        "url": "#e",
        "event": "Claim received",
        "document": "CLM-2026-04421",
        "document_url": "#d",
        "partner": "Rheintal Cloud GmbH",
        "moved": "Pre-approved (open) → Claimed",
        "money": eur(241875),
    }
    check = {
        "status": show.Status("New payee", "pass", "ok"),
        "text": "First payment ever. Screened Nov 23, no match.",
        "payee": "Weserland IT eG",
        "money": eur(191540),
        "cleared_by": "Marcus Oyelaran, Nov 24, 10:02",
    }
    answer = {
        "url": "#p31",
        "number": "000310/31",
        "payee": "Hallig Netzwerk GmbH",
        "status": show.Status("Account closed", "fail", "bad"),
        "code": "AC04",
        "text": "The amount is back in Ready to pay and blocked.",
        "money": eur(215000),
        "next": show.Act("Ask for bank details", "#payee"),
        "is_bad": True,
    }
    approval = {
        "person": "Ines Keller",
        "role_words": "prepared and sealed",
        "when_words": "Nov 24, 2026, 09:40 CET",
        "tone": "ok",
        "icon": "pass",
    }
    seal = {"seal_title": "You approve exactly this file", "sha256": "5f0c 91b7 2ad4 88e3"}
    return {
        "funds/_fund_bar": {"fund": fund},
        "funds/_fund_row": {"fund": fund},
        "funds/_legend": {},
        "funds/_entry_row": {"entry": entry},
        "batch/_check_row": {"check": check},
        "batch/_approvals": {"approvals": [approval]},
        "batch/_file_seal": {**seal, "url": "#file"},
        "batch/_answer_row": {"answer": answer},
    }


def _playbooks() -> dict[str, dict[str, Any]]:
    problem = {
        "message": "A rate needs a percent sign.",
        "hint": "Write 50% instead of 50.",
        "url": "#l14",
        "place": "14:70",
        "tone": "bad",
        "icon": "fail",
    }
    example = {
        "criterion": "MDF-02",
        "name": "a day late",
        "expected": show.VERDICTS["fail"],
        "given": show.VERDICTS["pass"],
        "is_bad": True,
    }
    flip = {
        "url": "#c",
        "number": "CLM-2026-03118",
        "partner": "Sierra Vista Technologies",
        "decided": "Aug 14, 2026",
        "then": show.OUTCOMES["declined"],
        "would": show.OUTCOMES["qualified"],
        "because": "MDF-02, 3 days late",
        "paid_then": eur(0),
        "would_be": eur(940000),
        "difference": show.show_money(Money(940000, "EUR"), signed=True),
    }
    lines = [
        {
            "number": 14,
            "text": "  reimbursement: 50",
            "tone": "has-bad",
            "notes": [("has-bad", "50%")],
        }
    ]
    form_fields = fields()[:2]
    languages = [show.Tab("en", "#en", current=True), show.Tab("de", "#de")]
    return {
        "playbooks/_problem": {"problem": problem},
        "playbooks/_example_row": {"example": example},
        "playbooks/_form_preview": {"languages": languages, "form_fields": form_fields},
        "playbooks/_flip_row": {"flip": flip},
        "playbooks/_editor_lines": {"lines": lines, "editor_label": "Source"},
    }

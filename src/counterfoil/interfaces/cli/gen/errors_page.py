"""The page of refusals: every named refusal of the rooms, and every code in files and the log."""

import inspect
from types import ModuleType

from counterfoil.apps.access import errors as access
from counterfoil.apps.audit import errors as audit
from counterfoil.apps.earnings import errors as earnings
from counterfoil.apps.engagements import errors as engagements
from counterfoil.apps.exchange import errors as exchange
from counterfoil.apps.ledger import errors as ledger
from counterfoil.apps.messaging import errors as messaging
from counterfoil.apps.partners import errors as partners
from counterfoil.apps.payouts import errors as payouts
from counterfoil.apps.playbooks import errors as playbooks
from counterfoil.apps.programs import errors as programs
from counterfoil.apps.service_levels import errors as service_levels
from counterfoil.apps.submissions import errors as submissions
from counterfoil.apps.submissions.ports import FILE_REFUSALS

ROOMS: tuple[tuple[str, ModuleType], ...] = (
    ("Submissions", submissions),
    ("Playbooks", playbooks),
    ("Programs and funds", programs),
    ("Ledger", ledger),
    ("Plans and commissions", earnings),
    ("Payees and vendor bills", payouts),
    ("Imports", exchange),
    ("Dry-run audits", engagements),
    ("Partners", partners),
    ("People and access", access),
    ("Clocks and calendars", service_levels),
    ("Mail", messaging),
    ("Audit log", audit),
)
# Codes of rows in imported files; a test compares them with the source.
ROW_CODES: dict[str, str] = {
    "UNREADABLE": "The line is no row of the table: too few or too many cells, or broken quotes.",
    "MISSING": "A field that is needed is empty.",
    "TOO_LONG": "The text is longer than the field takes.",
    "CONTROL_CHARACTER": "The text holds characters that can't be seen.",
    "NOT_A_WHOLE_NUMBER": "A whole number was expected.",
    "NOT_AN_AMOUNT": "The amount can't be read.",
    "AMBIGUOUS_AMOUNT": "The amount could mean two sums: a comma may part thousands or decimals.",
    "TOO_MANY_DECIMALS": "The amount has more decimals than its currency.",
    "AMOUNT_OUT_OF_RANGE": "The amount is larger than any that is kept.",
    "UNKNOWN_CURRENCY": "The currency is none of ISO 4217.",
    "NOT_A_RATE": "The exchange rate is no number above zero that is kept exactly.",
    "SAME_CURRENCY": "An exchange rate names one currency twice.",
    "NOT_A_DATE": "The day is not written as the mapping says.",
    "DATE_OUT_OF_RANGE": "The day lies outside the years that are taken.",
    "DATE_IN_FUTURE": "The sale lies in the future.",
    "NOT_A_CHOICE": "The value is none of those that the field takes.",
    "KEY_TWICE": "The same key stands in another line of the file.",
    "UNKNOWN_PARTNER": "No partner of this source has the key.",
    "CHANGED_LINE": "The sales line was imported before with other values.",
    "CHANGED_RATE": "The source gave another rate for this day before; a stored rate stays.",
    "NEGATIVE_AMOUNT": "A refund is written as kind refund with an amount above zero.",
    "RECEIVED_BEFORE_SOLD": "The line was received before the sale was made.",
    "ORIGINAL_OF_A_SALE": "A sale names an original line; only a refund does.",
    "LATE_LINE": "A note: taken, and counted in the next computation of its quarter.",
    "REFUND": "A note: taken, and lowers what the partner earns in that quarter.",
}
# What a verification of the log may find; a test compares the codes with the source.
LOG_FINDINGS: dict[str, str] = {
    "LOG_REWRITTEN": "Entries are not those that were signed.",
    "LOG_CUT_SHORT": "The newest entries were deleted, or an older backup was restored.",
    "LEAF_MISSING": "An entry of the log is gone.",
    "EVENT_MISSING": "The event of an entry was deleted.",
    "EVENT_EDITED": "The event of an entry was changed.",
    "EVENT_COLUMNS_EDITED": "What the pages show of an entry differs from what was recorded.",
    "EVENT_PUT_IN": "An event came into the table without being recorded by the product.",
    "PERSONAL_VALUE_EDITED": "A personal value is not the one recorded.",
    "WAITING_EVENT_MISSING": "An event vanished before the log took it.",
    "CHECKPOINT_BROKEN": "A checkpoint can't be read or is not signed by a known key.",
    "CHECKPOINT_MISSING": "A checkpoint was signed and is not kept outside any more.",
    "CHECKPOINT_DIFFERS": "A checkpoint reads otherwise in the database than outside.",
}


def errors_page() -> str:
    """This will return the Markdown of docs/reference/errors.md."""
    lines = [
        "# Refusals",
        "",
        "Generated from the code by `counterfoil gen`. A refusal changes nothing, says in words",
        "why, and says what would be right. Names and codes never change their meaning.",
        "",
    ]
    for title, module in ROOMS:
        lines += [f"## {title}", "", "| refusal | when |", "|---|---|"]
        lines += [f"| `{name}` | {words} |" for name, words in named_refusals(module)]
        lines.append("")
    for title, codes in (
        ("Rows of imported files", ROW_CODES),
        ("Uploaded files", FILE_REFUSALS),
        ("Findings of `counterfoil verify`", LOG_FINDINGS),
    ):
        lines += [f"## {title}", "", "| code | when |", "|---|---|"]
        lines += [f"| `{code}` | {words} |" for code, words in codes.items()]
        lines.append("")
    lines += [
        "After the log come the records: roles, published playbooks, terms of funds, decisions",
        "with their details, files, approvals and screenings, payees, batches, paid bills and the",
        "whole ledger are compared with what the log says of them. Each that differs is named",
        "with its check, such as `decisions as recorded` or `entries as posted`.",
        "",
        "Reason codes of decisions belong to each playbook: see its page in the console, or",
        "`codes` in the [playbook format](playbook-format.md).",
    ]
    return "\n".join(lines) + "\n"


def named_refusals(module: ModuleType) -> list[tuple[str, str]]:
    """This will list the refusals that a room defines, with the first sentence of each."""
    return [
        (name, " ".join((kind.__doc__ or "").split("\n\n")[0].split()))
        for name, kind in vars(module).items()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and kind.__module__ == module.__name__
    ]

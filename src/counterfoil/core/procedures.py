"""The procedure of an incentive type, made from its playbook: who does what, by when, and then.

It is what the system executes: routing, clocks, reasons and states are read from the version and
from the table of states, and nothing is written twice. Our own people read it, in English.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.core.explain import rule_words
from counterfoil.core.guides import Section, Table
from counterfoil.core.playbooks import Playbook
from counterfoil.core.playbooks.model import Ask, Role, Route
from counterfoil.core.states import TRANSITIONS, State, whose_turn

_PPM_PER_PERCENT = 10_000
_ROLES = {
    Role.OPERATIONS: "Incentive operations",
    Role.TEAM_LEAD: "Team lead, operations",
    Role.FINANCE_MAKER: "Finance, prepares",
    Role.FINANCE_CHECKER: "Finance, approves",
    Role.PARTNER_MANAGER: "Partner manager",
    Role.ACCOUNT_EXECUTIVE: "Account executive",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
    Role.LEADERSHIP: "Leadership",
    Role.PARTNER_ADMIN: "Partner administrator",
    Role.PARTNER_MEMBER: "Partner",
}


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A box of the flow: who does what by when; `ways` are what may follow, each with its case."""

    who: str
    what: str
    by_when: str
    ways: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the shape that the PDF's template takes."""
        return {
            "who": self.who,
            "what": self.what,
            "by_when": self.by_when,
            "ways": [list(each) for each in self.ways],
        }


@dataclass(frozen=True, slots=True)
class Procedure:
    """The procedure of one version; `version` names the playbook, its version and its hash."""

    title: str
    subtitle: str
    version: str
    steps: tuple[FlowStep, ...]
    sections: tuple[Section, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the data of the PDF."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "version": self.version,
            "steps": [each.to_json() for each in self.steps],
            "sections": [each.to_json() for each in self.sections],
        }


def procedure(playbook: Playbook, *, labels: Mapping[str, str]) -> Procedure:
    """Return the procedure of a version; `labels` give names their titles on screen."""
    return Procedure(
        title=playbook.title.say("en"),
        subtitle="Standard operating procedure",
        version=f"{playbook.id}, version {playbook.version}, holds from "
        f"{playbook.effective_from.isoformat()}. SHA-256 {playbook.sha256}",
        steps=tuple(_steps(playbook, labels)),
        sections=tuple(_sections(playbook, labels)),
    )


def _steps(playbook: Playbook, labels: Mapping[str, str]) -> Iterator[FlowStep]:
    """Yield the boxes of the flow in the order of the work."""
    ours, partner, again = playbook.sla.ours, playbook.sla.partner, playbook.resubmission
    due = ""
    if playbook.claim_by is not None:
        due = f"Last day: {rule_words(playbook.claim_by.source, labels=labels)}"
    alone = [_way(route, labels) for route in playbook.routing if route.automatic]
    yield FlowStep("Partner", "Answers the form, attaches the proof and sends.", due)
    yield FlowStep(
        "The system",
        f"Screens it by {len(playbook.criteria)} criteria and computes the sum.",
        "At once",
        (*alone, ("Otherwise" if alone else "Always", "A person reads it")),
    )
    yield FlowStep(
        _ROLES[playbook.owner],
        "Establishes what only a person can, and decides with a reason.",
        f"Within {ours.decision} of a complete submission",
        (
            (
                "Something is missing that can be mended",
                f"Returned to the partner, at most {again.rounds} times",
            ),
            ("A criterion fails and can't be mended", "Declined"),
            ("Every criterion holds", "Approved by the routing"),
        ),
    )
    reminded = f"; reminded after {_days(partner.remind)} business days" if partner.remind else ""
    yield FlowStep(
        "Partner, when it is returned",
        "Answers what is asked.",
        f"Within {partner.answer}{reminded}",
        (("Answered", "Screened again"), ("No answer", f"Closed with {partner.then_code}")),
    )
    yield FlowStep(
        "By the routing",
        "Approve in turn, each another person.",
        "Within the same time",
        tuple(_way(route, labels) for route in playbook.routing if not route.automatic),
    )
    yield FlowStep("The system", _after(playbook), "When the last approval is given")
    if playbook.appeal is not None:
        yield FlowStep(
            "Partner",
            "May appeal a refusal; somebody else decides.",
            f"Within {playbook.appeal.within}",
        )


def _way(route: Route, labels: Mapping[str, str]) -> tuple[str, str]:
    """Return a row of the routing: in which case, and who."""
    case = "Otherwise" if route.when is None else rule_words(route.when.source, labels=labels)
    if route.automatic:
        return case, "Approved without a person"
    return case, ", then ".join(_ROLES[role] for role in route.approvers_in_turn)


def _after(playbook: Playbook) -> str:
    """Return what an approval does."""
    if playbook.kind.commits:
        return "Reserves the approved sum in the fund and writes to the partner."
    if playbook.kind.is_credit:
        return "Credits the partner and writes to it; no money moves."
    return "Posts the approved sum as payable and writes to the partner."


def _sections(playbook: Playbook, labels: Mapping[str, str]) -> Iterator[Section]:
    """Yield who answers, what people look at, delays, second looks, letters and states."""
    signs = ", ".join(_ROLES[role] for role in playbook.sign_off) or "nobody"
    yield Section(
        "roles",
        "Who answers",
        facts=(
            ("For lateness", _ROLES[playbook.owner]),
            ("For the rules", _ROLES[playbook.design_owner]),
            ("Signs a new version", signs),
        ),
    )
    asked = [each for each in playbook.facts if each.ask is Ask.REVIEWER]
    yield Section(
        "people",
        "What a reviewer establishes",
        paragraphs=() if asked else ("Nothing: the system and the partner establish everything.",),
        bullets=tuple(each.title.say("en") for each in asked),
    )
    yield Section(
        "criteria",
        "Criteria",
        table=Table(
            ("No.", "What must be true", "If it fails"),
            tuple(
                (
                    each.id,
                    each.title.say("en"),
                    f"{each.fail.code}, {'may be mended' if each.fail.curable else 'final'}",
                )
                for each in playbook.criteria
            ),
        ),
    )
    yield Section(
        "late",
        "Who is told when an answer is late",
        table=Table(
            ("Of the time used", "Who is told"),
            tuple((f"{each.at_percent}%", _ROLES[each.to]) for each in playbook.sla.ours.escalate),
        ),
    )
    review = playbook.review
    looks = [
        ("Judged a second time, blind", _percent(review.blind_second_ppm)),
        ("Automatic approvals looked at", _percent(review.sample_automatic_ppm)),
    ]
    if review.stop_automation_above_ppm is not None:
        stop = f"more than {_percent(review.stop_automation_above_ppm)} of those are wrong"
        looks.append(("Automation stops when", stop))
    yield Section("looks", "Second looks", facts=tuple(looks))
    yield Section(
        "letters", "Letters", facts=tuple((_said(e), key) for e, key in playbook.notices)
    )
    yield Section(
        "states",
        "States",
        table=Table(
            ("State", "Whose turn", "What may follow"),
            tuple((_said(state), _said(whose_turn(state)), _follows(state)) for state in State),
        ),
    )


def _follows(state: State) -> str:
    """Return what may follow a state, by the table of states."""
    ways = [
        f"{_said(action)}: {_said(then).lower()}"
        for (start, action), then in TRANSITIONS.items()
        if start is state
    ]
    return "; ".join(ways) or "nothing"


def _said(name: str) -> str:
    words = str(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _percent(ppm: int) -> str:
    whole, rest = divmod(ppm, _PPM_PER_PERCENT)
    decimals = f"{rest:04d}".rstrip("0")
    return f"{whole}.{decimals}%" if decimals else f"{whole}%"


def _days(days: tuple[int, ...]) -> str:
    return " and ".join(str(each) for each in days)

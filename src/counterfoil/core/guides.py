"""The partner's guide to an incentive type, made from its playbook: nothing is written twice.

What a partner reads before sending is what the system executes: the criteria in words with their
own examples, the proof, the limits of the day, the times. A guide belongs to one version and one
day, and the same two give the same guide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.core.criteria.tree import rate_text
from counterfoil.core.explain import rule_words
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook
from counterfoil.core.playbooks.model import (
    Ask,
    Criterion,
    Evidence,
    Expected,
    Field,
    Parameter,
    ParameterType,
    SpanUnit,
)
from counterfoil.core.version_changes import Side, version_changes

EXAMPLES_MAX = 12

_SAY = {
    "en": {
        "subtitle": "Guide for partners",
        "version": "{code}, version {version}, as of {day}. SHA-256 {sha}",
        "about": "What it is about",
        "give": "What we ask you",
        "needed": "{title} (needed)",
        "needed_when": "{title} (needed when {rule})",
        "prove": "How you prove it: {title}",
        "choice": "For",
        "pieces": "Attach",
        "or": " or ",
        "number": "How many",
        "number_words": "{least} to {most}",
        "not_counting": "This does not count",
        "check": "What we check: {title}",
        "number_of": "Criterion",
        "rule": "In words",
        "only_when": "Only when",
        "would_pass": "This would pass",
        "mend": "If it fails",
        "curable": "you may mend it and send it again",
        "final": "it can't be mended",
        "pass": "Examples that pass",
        "fail": "Examples that fail",
        "unknown": "Examples that need information",
        "not_applicable": "Examples that it is not asked of",
        "sum": "How the sum comes about",
        "limits": "Limits of the day",
        "limit": "Limit",
        "value": "Value",
        "since": "Since",
        "times": "Times",
        "our_answer": "We answer within",
        "your_answer": "You answer a question within",
        "rounds": "We return it at most",
        "rounds_words": "{count} times",
        "appeal": "You may appeal a refusal within",
        "no_appeal": "A refusal can't be appealed; write to us",
        "codes": "Reasons we give",
        "code": "Code",
        "reason": "What it says",
        "changes": "What changed",
        "compared": "Compared with version {version}, which held from {day}.",
        "unchanged": "Nothing changed for partners.",
        "is_new": "new: {after}",
        "is_gone": "no longer: {before}",
        "is_other": "{after} (before: {before})",
        "units": {
            "days": "{count} days", "business_days": "{count} business days",
            "business_hours": "{count} business hours",
        },
        "days": "{count} days",
        "business_days": "{count} business days",
        "none": "none",
    },
    "de": {
        "subtitle": "Leitfaden für Partner",
        "version": "{code}, Version {version}, Stand {day}. SHA-256 {sha}",
        "about": "Worum es geht",
        "give": "Was wir Sie fragen",
        "needed": "{title} (nötig)",
        "needed_when": "{title} (nötig, wenn {rule})",
        "prove": "Wie Sie es nachweisen: {title}",
        "choice": "Bei",
        "pieces": "Beizufügen",
        "or": " oder ",
        "number": "Wie viele",
        "number_words": "{least} bis {most}",
        "not_counting": "Das zählt nicht",
        "check": "Was wir prüfen: {title}",
        "number_of": "Kriterium",
        "rule": "In Worten",
        "only_when": "Nur wenn",
        "would_pass": "Das würde bestehen",
        "mend": "Wenn es nicht besteht",
        "curable": "Sie dürfen es nachbessern und neu senden",
        "final": "es lässt sich nicht nachbessern",
        "pass": "Beispiele, die bestehen",
        "fail": "Beispiele, die nicht bestehen",
        "unknown": "Beispiele, bei denen Angaben fehlen",
        "not_applicable": "Beispiele, für die es nicht gilt",
        "sum": "Wie der Betrag entsteht",
        "limits": "Grenzen des Tages",
        "limit": "Grenze",
        "value": "Wert",
        "since": "Seit",
        "times": "Fristen",
        "our_answer": "Wir antworten binnen",
        "your_answer": "Sie beantworten eine Rückfrage binnen",
        "rounds": "Wir geben es höchstens zurück",
        "rounds_words": "{count}-mal",
        "appeal": "Gegen eine Ablehnung Einspruch binnen",
        "no_appeal": "Gegen eine Ablehnung gibt es keinen Einspruch; schreiben Sie uns",
        "codes": "Gründe, die wir nennen",
        "code": "Code",
        "reason": "Was er sagt",
        "changes": "Was sich geändert hat",
        "compared": "Verglichen mit Version {version}, gültig ab {day}.",
        "unchanged": "Für Partner hat sich nichts geändert.",
        "is_new": "neu: {after}",
        "is_gone": "nicht mehr: {before}",
        "is_other": "{after} (vorher: {before})",
        "units": {
            "days": "{count} Tagen", "business_days": "{count} Arbeitstagen",
            "business_hours": "{count} Arbeitsstunden",
        },
        "days": "{count} Tage",
        "business_days": "{count} Arbeitstage",
        "none": "keine",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a guide; `anchor` names it in an address: "MDF-02", "limits"."""

    anchor: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    bullets: tuple[str, ...] = ()
    table: Table | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the shape that the PDF's template takes."""
        shape: dict[str, Any] = {
            "heading": self.heading,
            "paragraphs": list(self.paragraphs),
            "facts": [list(each) for each in self.facts],
            "bullets": list(self.bullets),
        }
        if self.table is not None:
            shape["table"] = {
                "headings": list(self.table.headings),
                "rows": [list(row) for row in self.table.rows],
                "right_from": len(self.table.headings),
            }
        return shape


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide in one language: `version` names the playbook, its version and its hash."""

    title: str
    subtitle: str
    version: str
    language: str
    sections: tuple[Section, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the data of the PDF."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "version": self.version,
            "language": self.language,
            "sections": [each.to_json() for each in self.sections],
        }


def partner_guide(
    playbook: Playbook,
    *,
    on: date,
    language: str,
    labels: Mapping[str, str],
    before: Playbook | None = None,
    labels_before: Mapping[str, str] | None = None,
) -> Guide:
    """Return the guide to a playbook with the limits of a day.

    `language` is one of the playbook's, or English stands in; `labels` give the names that rules
    use their titles on screen, in that language. With the version `before` and its labels the
    guide ends with what changed for partners since.
    """
    said = language if language in _SAY and language in playbook.languages else "en"
    made = _Guide(playbook, on, said, labels)
    sections = list(made.sections())
    if before is not None:
        sections.append(made.changes(before, labels_before or {}))
    return Guide(
        title=playbook.title.say(said),
        subtitle=_SAY[said]["subtitle"],  # type: ignore[arg-type]  # a text, not a table
        version=made.say(
            "version", code=playbook.id, version=playbook.version, day=on.isoformat(),
            sha=playbook.sha256,
        ),
        language=said,
        sections=tuple(sections),
    )  # fmt: skip


class _Guide:
    """One guide in the making."""

    def __init__(
        self, playbook: Playbook, on: date, language: str, labels: Mapping[str, str]
    ) -> None:
        self.playbook, self.on, self.language, self.labels = playbook, on, language, labels
        self.words: Mapping[str, Any] = _SAY[language]

    def say(self, key: str, **given: object) -> str:
        """Return a sentence of ours."""
        return str(self.words[key]).format(**given)

    def sections(self) -> Iterator[Section]:
        """Yield the parts in the order of the work."""
        texts = dict(self.playbook.texts)
        yield Section(
            "about",
            self.say("about"),
            paragraphs=tuple(text.say(self.language) for text in texts.values()),
        )
        yield self.asked()
        yield from (self.proof(each) for each in self.playbook.evidence)
        yield from (self.criterion(each) for each in self.playbook.criteria)
        yield self.sum()
        yield self.limits()
        yield self.times()
        yield Section(
            "codes",
            self.say("codes"),
            table=Table(
                (self.say("code"), self.say("reason")),
                tuple((code.name, code.text.say(self.language)) for code in self.playbook.codes),
            ),
        )

    def changes(self, before: Playbook, labels: Mapping[str, str]) -> Section:
        """Return what partners meet otherwise than under the version before."""
        found = []
        for each in version_changes(
            before, self.playbook, language=self.language,
            labels_before=labels, labels_after=self.labels,
        ):  # fmt: skip
            if each.side is not Side.PARTNERS:
                continue
            key = "is_new" if not each.before else "is_other" if each.after else "is_gone"
            words = self.say(key, before=each.before, after=each.after)
            found.append(f"{each.place}: {words}")
        day = before.effective_from.isoformat()
        said = [self.say("compared", version=before.version, day=day)]
        if not found:
            said.append(self.say("unchanged"))
        return Section("changes", self.say("changes"), tuple(said), bullets=tuple(found))

    def asked(self) -> Section:
        """Return what the partner enters."""
        fields = [each for each in self.playbook.facts if each.ask is Ask.PARTNER]
        if self.playbook.lines is not None:
            fields += [f for f in self.playbook.lines.fields if f.ask is Ask.PARTNER]
        return Section("give", self.say("give"), bullets=tuple(map(self.field, fields)))

    def field(self, field: Field) -> str:
        """Return a detail: its title, whether it is needed, its help."""
        title = field.title.say(self.language)
        if field.required:
            title = self.say("needed", title=title)
        elif field.required_when is not None:
            rule = self.rule(field.required_when.source)
            title = self.say("needed_when", title=title, rule=rule)
        if field.help is None:
            return title
        stop = "" if title.endswith(("?", ".", "!")) else "."
        return f"{title}{stop} {field.help.say(self.language)}"

    def proof(self, rule: Evidence) -> Section:
        """Return a kind of proof: how many, which pieces for which choice, what does not count."""
        facts = []
        if not rule.pieces:
            facts.append(
                (self.say("number"), self.say("number_words", least=rule.min, most=rule.max))
            )
        if rule.required_when is not None:
            facts.append((self.say("only_when"), self.rule(rule.required_when.source)))
        return Section(
            f"proof-{rule.name}",
            self.say("prove", title=rule.title.say(self.language)),
            paragraphs=(rule.help.say(self.language),) if rule.help else (),
            facts=tuple(facts),
            bullets=tuple(
                f"{self.say('not_counting')}: {each.text.say(self.language)}"
                for each in rule.not_qualifying
            ),
            table=self.pieces(rule),
        )

    def pieces(self, rule: Evidence) -> Table | None:
        """Return which pieces each choice needs."""
        if not rule.per_choice:
            return None
        titles = {piece.name: piece.title.say(self.language) for piece in rule.pieces}
        field = self.playbook.fact(rule.by or "")
        options = self.playbook.option_list(field.options or "") if field else None
        named = (
            {value: text.say(self.language) for value, text in options.options} if options else {}
        )
        return Table(
            (self.say("choice"), self.say("pieces")),
            tuple(
                (
                    named.get(choice, choice),
                    ", ".join(
                        self.say("or").join(titles.get(name, name) for name in names)
                        for names in needed
                    ),
                )
                for choice, needed in rule.per_choice
            ),
        )

    def criterion(self, criterion: Criterion) -> Section:
        """Return a criterion: in words, what would pass, its own examples."""
        facts = [(self.say("number_of"), criterion.id)]
        if criterion.when is not None:
            facts.append((self.say("only_when"), self.rule(criterion.when.source)))
        facts += [
            (self.say("rule"), self.rule(criterion.passes.source)),
            (self.say("would_pass"), criterion.fail.text.say(self.language)),
            (self.say("mend"), self.say("curable" if criterion.fail.curable else "final")),
        ]
        for expected in Expected:
            names = [
                each.name.say(self.language)
                for each in criterion.examples
                if each.expected is expected
            ]
            if names:
                facts.append((self.say(expected.value), "; ".join(names[:EXAMPLES_MAX])))
        return Section(
            criterion.id,
            self.say("check", title=criterion.title.say(self.language)),
            facts=tuple(facts),
        )

    def rule(self, source: str) -> str:
        """Return an expression in words, its limits with their values of the day."""
        values = {
            each.name: f"{self.labels.get(each.name, each.name)} ({self.value(each)})"
            for each in self.playbook.parameters
        }
        for each in self.playbook.lists:
            values[each.name] = ", ".join(text.say(self.language) for _, text in each.options)
        return rule_words(source, labels={**self.labels, **values}, language=self.language)

    def sum(self) -> Section:
        """Return the steps of the sum, in turn."""
        amount = self.playbook.amount
        steps = [self.rule(amount.requested.source)]
        for step in amount.steps:
            title = step.title.say(self.language)
            parameter = self.playbook.parameter(step.rate or "")
            more = f" ({self.value(parameter)})" if parameter is not None else ""
            steps.append(f"{title}{more}")
        return Section("sum", self.say("sum"), bullets=tuple(steps))

    def limits(self) -> Section:
        """Return every parameter with its value of the day and since when it holds."""
        rows = []
        for each in self.playbook.parameters:
            held = each.on(self.on)
            rows.append(
                (
                    self.labels.get(each.name, each.name),
                    self.value(each),
                    held.starts_on.isoformat() if held is not None else "",
                )
            )
        headings = (self.say("limit"), self.say("value"), self.say("since"))
        return Section("limits", self.say("limits"), table=Table(headings, tuple(rows)))

    def value(self, parameter: Parameter) -> str:
        """Return a parameter's value of the day as people write it."""
        held = parameter.on(self.on)
        if held is None:
            return self.say("none")
        if isinstance(held.value, Money):
            return held.value.format_plain()
        match parameter.type:
            case ParameterType.RATE:
                return rate_text(held.value)
            case ParameterType.DAYS:
                return self.say("days", count=held.value)
            case ParameterType.BUSINESS_DAYS:
                return self.say("business_days", count=held.value)
        return str(held.value)

    def times(self) -> Section:
        """Return what is promised and what is asked, in time."""
        sla, again = self.playbook.sla, self.playbook.resubmission
        facts = [
            (self.say("our_answer"), self.span(sla.ours.decision.count, sla.ours.decision.unit)),
            (
                self.say("your_answer"),
                self.span(sla.partner.answer.count, sla.partner.answer.unit),
            ),
            (self.say("rounds"), self.say("rounds_words", count=again.rounds)),
        ]
        appeal = self.playbook.appeal
        if appeal is None:
            return Section(
                "times", self.say("times"), (self.say("no_appeal"),), facts=tuple(facts)
            )
        facts.append((self.say("appeal"), self.span(appeal.within.count, appeal.within.unit)))
        return Section("times", self.say("times"), facts=tuple(facts))

    def span(self, count: int, unit: SpanUnit) -> str:
        """Return a length of time in words."""
        return str(self.words["units"][unit.value]).format(count=count)

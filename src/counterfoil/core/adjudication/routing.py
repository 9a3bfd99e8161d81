"""Who approves: the first row that holds. A row that can't be answered sends the case to the last,
strictest one.
"""

from dataclasses import dataclass

from counterfoil.core.criteria import Context, Known, Missing, Outcome
from counterfoil.core.money import Money
from counterfoil.core.playbooks.bind import Binding
from counterfoil.core.playbooks.model import Role


@dataclass(frozen=True, slots=True)
class RouteResult:
    """The row that decides, from 0. `automatic` is true only for a qualified case; `missing` says
    why a row was open.
    """

    row: int
    automatic: bool
    approvers_in_turn: tuple[Role, ...]
    missing: tuple[Missing, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the shape that decision records keep."""
        return {
            "row": self.row,
            "automatic": self.automatic,
            "approvers_in_turn": [role.value for role in self.approvers_in_turn],
            "missing": [item.to_json() for item in self.missing],
        }


@dataclass(frozen=True, slots=True)
class _RoutingView:
    """The judging view with what only routing knows."""

    binding: Binding
    values: dict[str, object]

    @property
    def context(self) -> Context:
        return self.binding.context

    def get(self, name: str) -> Known | Missing:
        if name in self.values:
            value = self.values[name]
            return Known(value) if value is not None else Missing(name)
        return self.binding.judging().get(name)


def route(
    binding: Binding, *, outcome: str, requested: Money | None, payable: Money | None
) -> RouteResult:
    """Return who decides. The last row always holds and always names people."""
    rows = binding.playbook.routing
    facts = _RoutingView(binding, {"outcome": outcome, "requested": requested, "payable": payable})
    last = len(rows) - 1
    for index, row in enumerate(rows):
        if row.when is None:
            break
        verdict = row.when.program.evaluate(facts)
        if verdict.outcome is Outcome.UNKNOWN:
            return RouteResult(
                last,
                automatic=False,
                approvers_in_turn=rows[last].approvers_in_turn,
                missing=verdict.missing,
            )
        # The system approves what is qualified and decides nothing else, whatever a row says.
        if verdict.outcome is Outcome.PASS and not (row.automatic and outcome != "qualified"):
            return RouteResult(index, row.automatic, row.approvers_in_turn)
    return RouteResult(last, automatic=False, approvers_in_turn=rows[last].approvers_in_turn)

"""The page of states: what follows what in a review, and whose turn it is."""

from counterfoil.core.states import FINAL, TRANSITIONS, State, allowed_actions, whose_turn

_WORDS = {
    State.DRAFT: "Begun, not sent",
    State.SUBMITTED: "Sent; waits to be screened",
    State.SCREENING: "The criteria are being judged",
    State.ACTION_REQUIRED: "Returned for changes",
    State.IN_REVIEW: "A person looks at it",
    State.SECOND_REVIEW: "A second person looks at it",
    State.DECIDED: "Decided; the letter went out",
    State.APPEALED: "The partner appealed the decision",
    State.WITHDRAWN: "Given up by the partner",
    State.EXPIRED: "Closed, because no answer came in time",
}


def states_page() -> str:
    """This will return the Markdown of docs/reference/states.md."""
    lines = [
        "# States of a submission",
        "",
        "Generated from `src/counterfoil/core/states.py` by `counterfoil gen`. A pair of state",
        "and action that stands in neither table does not exist and is refused.",
        "",
        "| state | what it means | whose turn | what may happen |",
        "|---|---|---|---|",
    ]
    for state in State:
        actions = ", ".join(f"`{action}`" for action in allowed_actions(state)) or "nothing"
        final = " (final)" if state in FINAL else ""
        turn = whose_turn(state).value
        lines.append(f"| `{state}`{final} | {_WORDS[state]} | {turn} | {actions} |")
    lines += ["", "## What follows what", "", "| from | action | to |", "|---|---|---|"]
    lines += [f"| `{start}` | `{act}` | `{end}` |" for (start, act), end in TRANSITIONS.items()]
    return "\n".join(lines) + "\n"

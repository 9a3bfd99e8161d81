"""The page `docs/reference/permissions.md`, written from the authority table and nothing else."""

from collections.abc import Sequence

from counterfoil.core.actors import PARTNER_ROLES, STAFF_ROLES
from counterfoil.core.authority import AUTHORITY, CONFLICTING_ROLES, SEPARATED

_INTRO = """\
# Permissions

Generated from `src/counterfoil/core/authority.py` by `counterfoil gen`; a test compares the two.
The same table decides in the code and is walked through by the tests.

A role may be held within a region, a program and up to a limit; each is checked where an action
names it. An amount in another currency than the limit is refused until it was converted at a
stored rate. Partner people act for one partner at a time, and the database shows them that
partner's rows only.
"""

_SEPARATED = """\
## Kept apart on one object

Whoever did the one never does the other on the same object; the database checks it again.
"""

_CONFLICTING = """\
## Roles that one person never holds together
"""

_ALWAYS = """\
## Holds for everybody

* Nobody gives roles to themselves (a check in the database as well) or takes their own away.
* The last administrator, of the vendor or of a partner, can't be removed by their own side.
* Roles are read afresh for each request: what was taken away counts from the next one.
* The vendor's people need a second factor.
"""


def permissions_page() -> str:
    """Return the whole page as Markdown, ending in a newline."""
    parts = [
        _INTRO,
        _table("## The vendor's people", STAFF_ROLES),
        _table("## Partner people", PARTNER_ROLES),
        _SEPARATED,
        _pairs(SEPARATED),
        _CONFLICTING,
        _pairs(CONFLICTING_ROLES),
        _ALWAYS,
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(title: str, roles: Sequence[str]) -> str:
    """Return a heading and one row for each action that one of the roles may do."""
    names = " | ".join(role.replace("_", " ") for role in roles)
    lines = [title, "", f"| action | what it means | {names} |"]
    lines.append("|---|---|" + ":-:|" * len(roles))
    for action, (allowed, meaning) in AUTHORITY.items():
        if any(role in allowed for role in roles):
            marks = " | ".join("yes" if role in allowed else "" for role in roles)
            lines.append(f"| `{action}` | {meaning} | {marks} |")
    return "\n".join(lines)


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """Return pairs as a list; a pair of equals says that nobody does it to themselves."""
    return "\n".join(
        f"* `{one}` and `{other}`" if one != other else f"* `{one}` on oneself"
        for one, other in pairs
    )

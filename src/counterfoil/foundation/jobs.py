"""Background jobs: written in the business transaction, run by the worker after commit.

The job only wakes the work; the row it names is the truth, and each handler is safe to repeat.
The library behind it (procrastinate) is known to this module and to the worker door only.
"""

from typing import Any


def defer(task: str, *, lock: str | None = None, **arguments: str | int) -> None:
    """This will queue `task` in the current transaction; it vanishes with a rollback.

    `lock` keeps two jobs of the same lock from running side by side.
    """
    from procrastinate.contrib.django import app  # needs the app registry, so not at import

    options: dict[str, Any] = {"queueing_lock": None}
    if lock is not None:
        options["lock"] = lock
    app.configure_task(task, allow_unknown=True, **options).defer(**arguments)

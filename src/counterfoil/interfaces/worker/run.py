"""The worker process: procrastinate over connections that hold the queue's role and no other.

The queue's connections start as `cf_jobs`, which may touch the tables of jobs only. The tasks use
Django's connection, as `cf_app`, and act as the worker from there; so what a task defers is
written in the task's own transaction.
"""

import logging
from typing import Any

from django.db import connections
from procrastinate import JobContext, PsycopgConnector, RetryStrategy
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status as JobStatus

from counterfoil.foundation.roles import JOBS_ROLE
from counterfoil.interfaces.worker.tasks import TASKS

log = logging.getLogger(__name__)

CONCURRENCY = 2
STOP_SECONDS = 10
"""How long a running job may take to finish after a stop signal; then it is left for a retry."""

_RETRY = RetryStrategy(max_attempts=6, exponential_wait=3)


def build_app() -> DjangoApp:
    """This will make the app that runs jobs; foundation.jobs queues with the other one."""
    parameters: dict[str, Any] = connector_params()
    parameters.pop("pool", None)
    # A role as start-up option is in force before the first statement and after each RESET.
    parameters["options"] = f"{parameters.get('options', '')} -c role={JOBS_ROLE}".strip()
    app = DjangoApp(
        connector=PsycopgConnector(
            kwargs=parameters, min_size=1, max_size=CONCURRENCY + 3, timeout=20
        )
    )
    for name, (function, cron) in TASKS.items():
        # Two periodic runs of one task never wait side by side; a deferred job always may.
        task = app.task(
            name=name,
            retry=_RETRY if not cron else False,
            queueing_lock=name if cron else None,
        )(function)
        if cron:
            app.periodic(cron=cron, periodic_id=name)(task)
    app.task(name="revive_jobs", queueing_lock="revive_jobs", pass_context=True)(revive_jobs)
    app.periodic(cron="* * * * * 50", periodic_id="revive_jobs")(app.tasks["revive_jobs"])
    return app


async def revive_jobs(context: JobContext, timestamp: int = 0) -> None:
    """This will queue again what a killed worker had begun; every task bears a second run."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        try:
            await jobs.retry_job(job)
        except UniqueViolation:
            # The next run of this periodic task waits already.
            await jobs.finish_job(job, status=JobStatus.FAILED, delete_job=True)


def run_worker(*, is_waiting: bool = True, concurrency: int = CONCURRENCY) -> None:
    """This will run jobs until SIGTERM or SIGINT, then finish those that run.

    With `is_waiting` false it ends when the queue is empty. Jobs that a killed worker left behind
    are taken up again half a minute later.
    """
    # Connections of before belong to another thread or process than the tasks will run in.
    connections.close_all()
    app = build_app()
    app.run_worker(
        wait=is_waiting,
        concurrency=concurrency,
        delete_jobs="successful",
        shutdown_graceful_timeout=STOP_SECONDS,
        install_signal_handlers=True,
    )
    log.info("the worker has stopped")

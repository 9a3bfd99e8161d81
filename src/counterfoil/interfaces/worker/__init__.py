"""The worker: jobs, outbox, clocks, sequencing."""

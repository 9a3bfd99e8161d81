"""Payment files for the bank: what is ready, batches, their checks, approvals and dispatch."""

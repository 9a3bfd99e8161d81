"""The queue and the review of submissions."""

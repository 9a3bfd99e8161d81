"""The doors: translate a request, make one write call, shape the answer. No rule, no query."""

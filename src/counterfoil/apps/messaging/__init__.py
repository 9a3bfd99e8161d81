"""Mail and notices: templates in, outbox rows out. Sending is the worker's."""

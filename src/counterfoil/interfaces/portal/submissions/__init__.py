"""A partner's submissions: listed, begun, filled in, sent, followed, read about."""

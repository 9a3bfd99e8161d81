"""Settings, URLs, entry points and the wiring of adapters; may import everything."""

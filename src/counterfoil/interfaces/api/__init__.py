"""The door for programs: reads by API key, described by OpenAPI."""

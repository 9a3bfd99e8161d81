"""What the console and the portal share: templates, static files, presenters, page helpers."""

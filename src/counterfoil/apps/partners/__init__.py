"""Partner organizations: contacts, people of the portal, agreements, lifecycle."""

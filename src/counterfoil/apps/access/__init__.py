"""People, roles and authority: who may do what, within which limit."""

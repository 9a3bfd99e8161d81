"""People and their roles, the vendor's and the partners'."""

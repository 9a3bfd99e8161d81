"""Bank details of partners, their changes by call-back and two people, and payees' papers."""

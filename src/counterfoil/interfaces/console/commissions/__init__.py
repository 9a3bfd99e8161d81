"""Commission runs: the list, one run, its approvals and posting, and every figure explained."""

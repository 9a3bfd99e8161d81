"""The console: operations, Finance, auditors, partner managers and administrators."""

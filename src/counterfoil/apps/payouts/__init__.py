"""Payees and the bills that carry payables to the ERP and back."""

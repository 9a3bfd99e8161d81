"""Programs, tiers, funds and the sales that earn them. No amounts but the authorized budget."""

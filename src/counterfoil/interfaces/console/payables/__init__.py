"""What is owed on its way to being paid: ready to pay, vendor bills, payees, paid lists."""

"""What banks take and what they answer: writers, and readers that share nothing with them."""

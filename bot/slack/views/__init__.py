"""What people see: pure functions from cards, answers and failures to Block Kit. No calls, no store."""

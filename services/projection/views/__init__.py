"""What is shown, as pure functions: tickets from events, boards from tickets, words from texts, why from decisions."""

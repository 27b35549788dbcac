"""What can be understood from a contact without asking anyone: pure functions over text."""

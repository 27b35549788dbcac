"""Claims about the system, one folder for each level of reality."""

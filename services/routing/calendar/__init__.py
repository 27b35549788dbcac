"""Opening hours as arithmetic on instants: when is a deadline, how much open time lies between two instants."""

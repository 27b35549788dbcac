"""Four services (intake records, routing decides, notify tells, projection shows) and the command that runs them."""

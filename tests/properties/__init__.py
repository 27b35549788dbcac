"""Properties with thousands of examples: too long for what one runs all day, so `make test` only."""

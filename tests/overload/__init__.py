"""Ten times what intake can bear, and what becomes of it: `python -m tests.overload --seconds 120`."""

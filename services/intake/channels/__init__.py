"""The channels' own bodies, each with its limits, and the one neutral form that all of them map to."""

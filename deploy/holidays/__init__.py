"""The national holidays of the chain's country, taken from a maintained package into policy data."""

"""Routing's pure parts, with nothing real around them."""

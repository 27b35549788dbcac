"""Intake on real servers."""

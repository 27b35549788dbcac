"""Intake, without servers."""

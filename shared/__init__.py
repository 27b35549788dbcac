"""Vocabulary and plumbing that every service uses; knows no service."""

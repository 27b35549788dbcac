"""Points on the earth: on which datum they are given, and how far they are apart. Pure."""

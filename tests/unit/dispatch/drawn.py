"""How laws draw documents."""

from hypothesis import settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**48)
"""Documents are drawn from a seed: ten times as fast as a strategy for each field, and small enough to read anyway."""
FEW = settings(max_examples=15, deadline=None)
"""So many here; more in tests/properties."""

"""Claims about pure code: nothing is real but the code."""

from pathlib import Path

import pytest

from shared.policies import Policies
from shared.policies.files import read_policies


@pytest.fixture(scope="session")
def sample() -> Policies:
    """The sample chain's policies."""
    return read_policies(Path(__file__).parents[3] / "deploy" / "policies")

"""The fixtures that all tests may ask for, and how many examples properties get.

`make check` and `make test` take `few`: a property says itself how many it needs (`tests.support.examples`), fewer in
`unit`, thousands in `properties`. Ten thousand for each by command:
`pytest --hypothesis-profile=many tests/properties`.
"""

import structlog
from hypothesis import settings

pytest_plugins = ["tests.support.servers"]

# A drawn traceback with every value in it takes seconds on a busy machine, and transactions have two.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# Without deadlines: a busy machine is no fault of a property.
settings.register_profile("few", max_examples=100, deadline=None)
settings.register_profile("many", max_examples=10_000, deadline=None)
settings.load_profile("few")

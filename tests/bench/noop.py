"""The baseline of the front door: a FastAPI route that does nothing, under the settings of our own server."""

import asyncio
import sys

import uvicorn
import uvloop
from fastapi import FastAPI

app = FastAPI(openapi_url=None)


@app.post("/noop", status_code=201)
async def noop() -> dict[str, str]:
    """Take no body, check no token, touch no database."""
    return {"status": "ok"}


async def serve(port: int) -> None:
    """Serve until SIGTERM."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", access_log=False, log_config=None
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))

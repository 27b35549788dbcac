"""Makes the environment in `.venv` from nothing but Python: uv, the locked packages, this project, Kafka's jars.

`make setup` and every other target run it first. When nothing changed it returns within milliseconds and needs no
network. It may be interrupted at any place and run again, and two at once wait for each other.

Only the standard library, and only syntax that an old Python can read, so that it can say that it is too old.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable

PYTHON_MIN = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(ENVIRONMENT, "bin", "python")
UV = os.path.join(ENVIRONMENT, "bin", "uv")
LOCK = os.path.join(ROOT, "requirements.lock")
STAMP = os.path.join(ENVIRONMENT, ".ready")
UNFINISHED = os.path.join(ENVIRONMENT, ".unfinished")

# What the stamp stands for: when one of these changes, the environment is brought up to date again.
INPUTS = ("requirements.lock", "bootstrap.py", os.path.join("shared", "embedded", "jars.lock"))


class Failed(Exception):  # noqa: N818 - what happened, in one word
    """Setting up cannot go on; the message says what a person can do."""


def main() -> int:
    """Answer the exit code: 0 ready, 1 failed, 2 this Python cannot be used, 130 interrupted."""
    if sys.version_info < PYTHON_MIN:
        found = ".".join(map(str, sys.version_info[:3]))
        say("Python 3.11 or newer is needed, %s is %s." % (sys.executable, found))
        say("Name another one: make PYTHON=python3.12 setup")
        return 2
    try:
        if not is_ready():
            with_lock(set_up)
    except Failed as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("interrupted; run it again and it goes on from there")
        return 130
    return 0


def is_ready() -> bool:
    """Whether the environment was made from exactly these inputs, for a project at exactly this place."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == fingerprint() and os.path.exists(PYTHON)
    except FileNotFoundError:
        return False


def fingerprint() -> str:
    """One line that differs when an input, the environment's Python or the place of the project differs."""
    digest = hashlib.sha256(ROOT.encode("utf-8", "surrogateescape"))
    for name in (*INPUTS, os.path.join(".venv", "pyvenv.cfg")):
        path = os.path.join(ROOT, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    digest.update(repr(what_is_installed()).encode())
    return digest.hexdigest()


def what_is_installed() -> "list[object]":
    """The parts of pyproject.toml that an environment depends on; how the code is checked is not one of them."""
    import tomllib  # noqa: PLC0415 - an old Python does not have it, and has to get to saying that it is too old

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)
    return [project["project"], project["build-system"], project["tool"]["uv"]]


def with_lock(work: "Callable[[], None]") -> None:
    """Do the work while no other start of this file in this project does; looks again after having waited."""
    with open(os.path.abspath(__file__)) as this_file:
        try:
            fcntl.flock(this_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is at work in this folder, waiting for it")
            fcntl.flock(this_file, fcntl.LOCK_EX)
        if not is_ready():
            work()


def set_up() -> None:
    """All steps in order; each can be repeated."""
    make_environment()
    environ = environment_for_uv()
    install_uv()
    first = not os.path.exists(STAMP)
    say("installing what the lock names" + (" (about 300 MB with PostgreSQL and Java, this once)" if first else ""))
    # After an interruption a package may lie there in halves: then everything is laid out again, from uv's cache.
    again = ["--reinstall"] if os.path.exists(UNFINISHED) else []
    write(UNFINISHED, "")
    run([UV, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", *again, LOCK], environ)
    # uv builds this project by itself, so this step needs no network.
    run([UV, "pip", "install", "--quiet", "--python", PYTHON, "--offline", "--no-deps", "--editable", ROOT], environ)
    run([PYTHON, "-c", "import sys; from shared.embedded.fetch import main; sys.exit(main())"], environ)
    os.remove(UNFINISHED)
    write(STAMP, fingerprint())


def make_environment() -> None:
    """A virtual environment with a working pip, made anew where it is broken.

    One that works is kept, whichever new enough Python it was made with: another shell's `python3` is no reason to pull
    it away from under what runs.
    """
    if works([PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < %r)" % (PYTHON_MIN,)]):
        return
    say("making the environment in .venv")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", ENVIRONMENT], dict(os.environ))
    except Failed as failure:
        hint = "Python's venv does not work here; on Debian and Ubuntu: apt install python3-venv"
        raise Failed("%s\n%s" % (failure, hint)) from failure


def install_uv() -> None:
    """Uv in the version and with the hashes of the lock."""
    with open(LOCK) as lock:
        pinned = re.search(r"^uv==([^ ;\\]+)(?:.*\\\n)(?: +--hash=.*\n)+", lock.read(), re.MULTILINE)
    if pinned is None:
        raise Failed("requirements.lock does not pin uv")
    if works([UV, "--version"], "uv " + pinned.group(1)):
        return
    with tempfile.TemporaryDirectory() as folder:
        only_uv = os.path.join(folder, "uv.lock.txt")
        write(only_uv, pinned.group(0).rstrip().rstrip("\\") + "\n")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        run([*pip, "--no-deps", "--force-reinstall", "--require-hashes", "--requirement", only_uv], dict(os.environ))


def environment_for_uv() -> "dict[str, str]":
    """What uv is started with: pip's own settings (mirror, certificates) hold for uv too, unless uv has some."""
    environ = dict(os.environ)
    # An active environment of somebody else would draw uv's attention.
    environ.pop("VIRTUAL_ENV", None)
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    settings = dict(re.findall(r"^\S*\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    if "index-url" in settings and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & set(environ):
        environ["UV_DEFAULT_INDEX"] = settings["index-url"]
    if "cert" in settings:
        environ.setdefault("SSL_CERT_FILE", settings["cert"])
    return environ


def run(command: "list[str]", environ: "dict[str, str]") -> None:
    """Start a command and wait. Errors: Failed with the command and its exit code."""
    done = subprocess.run(command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        shown = " ".join(os.path.relpath(part, ROOT) if part.startswith(ROOT) else part for part in command)
        raise Failed("setup stopped: `%s` ended with exit code %d" % (shown, done.returncode))


def works(command: "list[str]", begins: str = "") -> bool:
    """Whether a command can be started, ends well, and prints what begins so."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.startswith(begins)


def write(path: str, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def say(text: str) -> None:
    """One line for a person."""
    print("gongdan: " + text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

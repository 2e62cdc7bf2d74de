"""Secrets come from the environment alone: they are in no file of the home, no log and no message."""

import os

from integration.sources.places import Source


def secret(source: Source, variable: str, what: str) -> str:
    """Give what an environment variable holds; `what` is what it is for, such as `the password`.

    Raises `SourceFailed` when it is not set or empty.
    """
    held = os.environ.get(variable, "")
    if not held:
        raise source.failed(
            f"the environment variable {variable}, which holds {what}, is not set; "
            "set it for the user that runs Padan (systemd: EnvironmentFile=)"
        )
    return held

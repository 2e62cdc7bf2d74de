"""That of two who could tell of one run (the command line, and the daemon's sensors) only the first does."""

import time
from contextlib import suppress

from warehouse.settings import Home

_KEPT_DAYS = 90


def first_to_tell(home: Home, run_id: str) -> bool:
    """Say whether nobody told of this run before; from now on somebody has.

    On a disk that takes no such mark it is told, for that may be what there is to tell.
    """
    folder = home.dagster / "told"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / run_id).touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True
    long_ago = time.time() - _KEPT_DAYS * 86_400
    with suppress(OSError):
        for told in folder.iterdir():
            if told.stat().st_mtime < long_ago:
                told.unlink(missing_ok=True)
    return True

"""Every policy that a publication was cut by, kept: so that later it can still be said who could read what."""

import os
import re
from functools import cache
from pathlib import Path

from warehouse.access_log import record
from warehouse.database import home_error
from warehouse.durable import fsync_file, fsync_folder
from warehouse.entitlements.policy import Policy
from warehouse.entitlements.policy_file import SHIPPED, load_policy, policy_in_force
from warehouse.settings import Home


def archive_policy(home: Home) -> Path:
    """Keep the policy in force as `<home>/policies/<label>.yaml` and give that file; one that is there stays.

    Call it before a publication is cut. A policy that was not kept before is told to the access log. Raises
    `DeclarationError` for a policy that is none, and `HomeError` where it cannot be written.
    """
    policy = policy_in_force(home)
    kept = home.policies / f"{re.sub(r'[^0-9A-Za-z.+-]', '_', policy.version)}+{policy.fingerprint}.yaml"
    if kept.exists():
        return kept
    text = (home.policy if home.policy.exists() else SHIPPED).read_bytes()
    aside = kept.with_name(f".{kept.name}")
    try:
        home.policies.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
        fsync_file(aside)
        record(home, "policy", None, detail={"policy": policy.label})
        aside.replace(kept)
        fsync_folder(home.policies)
    except OSError as error:
        raise home_error(home, error) from error
    return kept


def archived_policy(home: Home, fingerprint: str) -> Policy | None:
    """Give the policy of a fingerprint, as it was; None where it was not kept.

    Raises `DeclarationError` where it speaks of columns that are no more.
    """
    kept = sorted(home.policies.glob(f"*+{fingerprint}.yaml"))
    return _load(kept[0]) if kept else None


@cache
def _load(path: Path) -> Policy:
    return load_policy(path)

"""A delivery that waits for its month and lies there no longer is withdrawn: how a month by slip is taken back.

Nothing ever rested on it, so nothing is redone. What has come stays in force, also when its folder is emptied.
"""

import datetime as dt

from integration.contracts import Contract
from integration.intake import FoundDelivery
from integration.periods.early import early_deliveries
from warehouse.database import Connection
from warehouse.settings import Home


def withdraw_early(
    connection: Connection, home: Home, contract: Contract, lying: list[FoundDelivery], today: dt.date
) -> list[str]:
    """Withdraw each delivery of a dataset that waits, and of whose month nothing lies there; say which, one a sentence.

    `lying` is all that lies there of the dataset. A clock that is not to be believed withdraws nothing. If it lies
    there again, it comes in again.
    """
    there = {(one.kab_code, one.period) for one in lying}
    gone = [
        one
        for one in early_deliveries(connection, home, today)
        if one.dataset == contract.dataset and (one.kab_code, one.period) not in there
    ]
    for one in gone:
        connection.execute(
            "UPDATE agency_extracts.delivery SET status = 'withdrawn' "
            "WHERE dataset = ? AND kab_code = ? AND period = ? AND status = 'in_force'",
            [one.dataset, one.kab_code, one.period],
        )
    return [
        f"{contract.sender} ({contract.agency}), {one.dataset} {one.period}: its month has not come and its files lie "
        "there no longer: it is withdrawn. If that is not what was meant, send it again."
        for one in gone
    ]

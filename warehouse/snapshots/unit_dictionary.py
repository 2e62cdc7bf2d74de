"""The dictionary of a recipient's units: one table, the same in all of them."""

from warehouse.database import Connection, values_query
from warehouse.entitlements import Recipient
from warehouse.entitlements.dictionary import DICTIONARY_COLUMNS, dictionary_lines


def make_dictionary(connection: Connection, recipient: Recipient) -> str:
    """Make the dictionary of a recipient as a table of `connection`, and give the query of its rows."""
    lines = [line for view in recipient.views for line in dictionary_lines(view)]
    name = f'"dictionary of {recipient.name}"'
    query = values_query([column.name for column in DICTIONARY_COLUMNS], lines)
    connection.execute(f"CREATE TABLE {name} AS {query}")
    return f"SELECT * FROM {name}"

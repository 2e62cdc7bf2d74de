"""Make a LibreOffice Base file on the ODBC data source Padan, read through it, and fill a Calc sheet from a query.

::

    /usr/bin/python3 deploy/tried/libreoffice_base.py padan.odb USER      # PGPASSWORD holds the password

Needs libreoffice-base, libreoffice-calc, python3-uno, odbc-postgresql and the data source of docs/tools.md.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

SQL = "SELECT target_id, nik, birth_date, tier, array_to_string(gaps, ', ') FROM targeting_bnba ORDER BY target_id"


def reached() -> Any:  # noqa: ANN401 (UNO has no types)
    """Give the context of the office that listens, once it does."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(60):
        try:
            return resolver.resolve("uno:pipe,name=padan;urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(1)
    raise SystemExit("LibreOffice did not start within a minute.")


def main(target: Path, user: str) -> None:
    """Register, read, fill."""
    office = subprocess.Popen(["soffice", "--headless", "--norestore", "--accept=pipe,name=padan;urp;"])  # noqa: S607
    context = reached()
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    databases = context.ServiceManager.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", context)
    source = databases.createInstance()
    source.URL, source.User, source.IsPasswordRequired = "sdbc:odbc:Padan", user, True
    source.DatabaseDocument.storeAsURL(target.resolve().as_uri(), ())
    connection = source.getConnection(user, os.environ["PGPASSWORD"])
    print(connection.MetaData.DriverName, connection.MetaData.DriverVersion, connection.Tables.ElementNames)
    hidden = PropertyValue()
    hidden.Name, hidden.Value = "Hidden", True
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (hidden,))
    sheet = document.Sheets.getByIndex(0)
    rows, line = connection.createStatement().executeQuery(SQL), 0
    while rows.next():
        for column in range(rows.MetaData.ColumnCount):
            sheet.getCellByPosition(column, line).String = rows.getString(column + 1)
        line += 1
    print(f"{line} rows in a Calc sheet")
    document.close(True)
    connection.close()
    desktop.terminate()
    office.wait(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

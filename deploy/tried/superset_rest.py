"""Do over Superset's REST API what an analyst clicks: a database, a dataset, a query in SQL Lab, a chart.

::

    SUPERSET=http://127.0.0.1:8088 SUPERSET_USER=admin SUPERSET_PASSWORD=… PGHOST=… PGPORT=… PGDATABASE=padan \
    PGUSER=superset_dinkes PGPASSWORD=… PGSSLROOTCERT=/…/root.crt SCHEMA=padan_dinkes VIEW=targeting_bnba \
        python deploy/tried/superset_rest.py
"""

import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote_plus

ENV = os.environ
SQL = {
    "counted": f"SELECT kec_name, tier, count(*) FROM {ENV['VIEW']} GROUP BY 1, 2 ORDER BY 1, 2",
    "a list": f"SELECT gap, count(*) FROM {ENV['VIEW']}, unnest(gaps) AS gap GROUP BY 1 ORDER BY 1",
    "must be refused": "SELECT * FROM padan_pu.targeting_bnba",
}


def call(path: str, body: object = None, token: str = "") -> Any:  # noqa: ANN401 (JSON)
    """Call the API and give its answer, or what it refuses."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ENV["SUPERSET"] + path, data=data, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"refused": error.read().decode()[:200]}


def main() -> None:
    """Go through it and print what came back."""
    login = {"username": ENV["SUPERSET_USER"], "password": ENV["SUPERSET_PASSWORD"], "provider": "db"}
    token = call("/api/v1/security/login", login)["access_token"]
    uri = (
        f"postgresql+psycopg2://{ENV['PGUSER']}:{quote_plus(ENV['PGPASSWORD'])}@{ENV['PGHOST']}:{ENV['PGPORT']}"
        f"/{ENV['PGDATABASE']}?sslmode=verify-ca&sslrootcert={ENV['PGSSLROOTCERT']}"
    )
    database = call(
        "/api/v1/database/",
        {
            "database_name": f"Padan {ENV['PGUSER']}",
            "sqlalchemy_uri": uri,
            "expose_in_sqllab": True,
            "allow_dml": False,
        },
        token,
    )
    print("database", database.get("id", database))
    named = {"database": database["id"], "schema": ENV["SCHEMA"], "table_name": ENV["VIEW"]}
    dataset = call("/api/v1/dataset/", named, token)
    print("dataset", dataset.get("id", dataset))
    for what, sql in SQL.items():
        asked = {"database_id": database["id"], "schema": ENV["SCHEMA"], "sql": sql, "runAsync": False}
        answer = call("/api/v1/sqllab/execute/", asked, token)
        print(what, answer.get("data", answer))
    chart = {"columns": ["kec_name", "tier"], "metrics": ["count"], "row_limit": 100}
    source = {"id": dataset["id"], "type": "table"}
    answer = call("/api/v1/chart/data", {"datasource": source, "queries": [chart]}, token)
    print("chart", answer["result"][0]["data"])


if __name__ == "__main__":
    main()

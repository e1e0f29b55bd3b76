"""Prints what DuckDB finds in each table of a lake, as JSON: python lake.py LAKE TABLE..."""

import json
import pathlib
import sys

import duckdb
import duckdb_extension_delta

package = pathlib.Path(duckdb_extension_delta.__file__).parent
[extension] = package.glob("extensions/*/delta.duckdb_extension")
duckdb.sql(f"LOAD '{extension}'")
lake, *tables = sys.argv[1:]
print(json.dumps({table: duckdb.sql(f"SELECT count(*) FROM delta_scan('{lake}/{table}')").fetchone()[0] for table in tables}
                 | {"revenue": str(duckdb.sql(f"SELECT sum(amount) FROM delta_scan('{lake}/transactions')").fetchone()[0])}))

"""All rows, by the document that they come from."""
import re

import table_connection
import table_frames
import table_hpack
import table_http

DOCUMENTS = {"rfc9113": [*table_connection.ROWS, *table_frames.ROWS, *table_http.ROWS], "rfc7541": table_hpack.ROWS}


def name_of(row):
    return re.sub(r"\W+", "_", f"{row.section} {row.name}").strip("_")


def all_rows():
    return [row for rows in DOCUMENTS.values() for row in rows]

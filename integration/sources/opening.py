"""Which code opens which kind of place. Each is loaded when it is needed: some take a second to import."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from integration.sources.peer import Peer
from integration.sources.places import S3, Folder, HttpFile, HttpPages, Sftp, Source, SqlTable

if TYPE_CHECKING:
    from integration.sources.rows import RowSource


def open_peer(source: Source, months: list[str]) -> AbstractContextManager[Peer] | None:
    """Open a place that holds files; None for one that holds rows. `months` are those asked for where one must ask."""
    match source.place:
        case Folder():
            from integration.sources.folder import open_folder

            return open_folder(source, source.place)
        case Sftp():
            from integration.sources.sftp import open_sftp

            return open_sftp(source, source.place)
        case S3():
            from integration.sources.s3 import open_s3

            return open_s3(source, source.place)
        case HttpFile():
            from integration.sources.http_file import open_http_file

            return open_http_file(source, source.place, months)
        case _:
            return None


def open_rows(source: Source) -> "AbstractContextManager[RowSource]":
    """Open a place that holds rows."""
    match source.place:
        case HttpPages():
            from integration.sources.http_pages import open_pages

            return open_pages(source, source.place)
        case SqlTable():
            from integration.sources.sql_table import open_table

            return open_table(source, source.place)
        case _:
            raise TypeError(f"{source.place.where} holds files")

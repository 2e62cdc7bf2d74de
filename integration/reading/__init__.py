"""A delivered file becomes rows of text: which row is the header, which cell is which column, what is no data.

Every physical row ends in exactly one count: read, refused, title, header, blank or footer.
"""

from integration.reading.delivered_file import (
    DELIVERED_ROWS,
    FileFacts,
    FileReading,
    UnusableFileError,
    delivered_rows,
    read_file,
)

__all__ = ["DELIVERED_ROWS", "FileFacts", "FileReading", "UnusableFileError", "delivered_rows", "read_file"]

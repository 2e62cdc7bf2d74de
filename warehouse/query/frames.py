"""What the locked child says to the session that started it: frames of a kind, a length and a body."""

import struct

HEADER = struct.Struct(">cQ")

READY = b"S"
"""The snapshot is open and the walls stand; the body says which (JSON)."""
READ = b"Q"
"""What the statement is, said before it is answered (JSON): `sql` without its values, `tables` it reads."""
ROWS = b"R"
"""Some rows of the answer: an Arrow stream that stands for itself."""
END = b"E"
"""The answer is whole (JSON): `more` says that there were more rows than were asked for."""
TROUBLE = b"T"
"""There is no answer (JSON): `outcome` and the sentence `why`."""


def frame(kind: bytes, body: bytes) -> bytes:
    """Give the header of a frame; its body of that length follows."""
    return HEADER.pack(kind, len(body)) + body

"""SQL written in a file of its own, in which `@name` stands for what is put in."""

import string


class Script(string.Template):
    """A text with `@name` in it: SQL has uses of its own for the dollar and for braces."""

    delimiter = "@"

"""SQL on a recipient's own snapshot, in a process that can read that file and do nothing else.

Imports nothing: the locked child imports this package before its walls stand.
"""

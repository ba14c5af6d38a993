"""Reads the bytes of a file into rows and row errors, in constant memory. Pure.

`source` detects whether a file can be read and its format; `lines` and `table` split it into raw
rows; `rows` reads one of them; `prepare` inspects it and counts its tokens, in `pool` in several
processes.
"""

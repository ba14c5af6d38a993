"""From a file's bytes to rows and row errors, in constant memory. Pure: no Django, no database.

`source` says whether a file can be read at all, and as what; `lines` and `table` cut it into raw
rows; `rows` reads one of them; `prepare` inspects and counts it, in `pool` on several processes;
`rejects` keeps what was not taken.
"""

"""Statistics of blind votes: pure functions of counts, standard library only.

Nothing here knows Django, the clock or the disk. The caller aggregates in SQL and hands over
small grouped counts, so every result costs time in the number of distinct groups, not of votes.
`docs/statistics.md` says in plain words what the numbers mean.
"""

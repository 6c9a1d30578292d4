"""Our product beside its peers: the same work, the same database, in one run.

`python -m tests.bench --quick` takes under three minutes; the README says the
rest. A peer is a program of its own: it is told a workload, the address of an
empty database and a size, checks that its work is done and prints one line of
JSON. `rounds` calls them in turn, `gates` compares, `report` shows.
"""

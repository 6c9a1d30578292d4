"""Ground floor: database, clock, errors, waiting rows, audit trail, files.

Knows nothing of colleges or of processes. What is here may be used by every
room above and imports none of them.
"""

"""Every reading comes in here, every warning goes out from here.

A reading gets its level from the decision table `indicator_level` as it stands
that day and is never edited; a correction supersedes it (I-6).
"""

"""Self-diagnoses of every window, and the semester reports written from them.

A subject looks at each diagnosis point of its layer, says what is wrong and
what it does about it; measures feed the next cycle.
"""

"""The standard chain: typed standards (Tables 2-9), diagnosis points, indicators and their limits.

The ground floor of the college's work: goals name an indicator and a standard,
monitoring compares readings with the limits that are bound to a subject for a
year. Limits change only by a new binding version (I-5), standards only by a new
version that the committee approves. The page of the limits is in `monitoring`,
where readings are known.
"""

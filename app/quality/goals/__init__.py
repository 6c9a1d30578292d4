"""The goal chain: plans, goals of type A, B and C, yearly values (Table 1).

Goals are entered and confirmed through the diagram (`steps`); a confirmed goal
changes only by an adjustment that is approved there as well.
"""

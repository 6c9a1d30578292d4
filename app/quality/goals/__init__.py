"""The goal chain: plans, goals of type A, B and C, yearly values (Table 1), what is broken down from what.

Goals are entered and confirmed through the diagram (`steps`); a confirmed goal
changes only by an adjustment that is approved there as well. `chain` is what
the pages show of goals above and below each other, `table` lays out Table 1
for screen and paper, `imports` reads it back.
"""

"""The college's work, in the order of the cycle.

standards -> goals -> monitoring -> cycles -> diagnosis -> assessment ->
rectification -> review -> results. A room may look into those before it, never ahead:
what comes later is started by a diagram or by a fact that is posted.
"""

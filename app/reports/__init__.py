"""Dashboards by unit and term: what the quality office looks at first; `documents` are the papers.

Only reads; every figure comes from the rooms below and links to where it was made.
"""

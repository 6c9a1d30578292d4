"""Shared furniture of every page.

Here live the base templates and macros, the built assets, how moments and
figures read, security headers, error pages and the language switch. Nothing in
here knows a college, a procedure or a person: rooms bring what they show.
"""

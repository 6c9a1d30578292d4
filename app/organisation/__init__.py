"""Who is who, and which days are working days.

Units, posts and their superiors, people, assignments over time, roles with
their scope, delegations, quality subjects; programmes, courses, classes and
students; academic years, terms, weeks, holidays, and deadlines that explain
themselves. Nothing here knows of procedures; questions are asked in `queries`
and `teaching`, days are counted in `calendar`.
"""

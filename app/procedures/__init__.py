"""Running and ended procedures: the list, and one instance with its diagram and its time axis.

Read only: what moves a procedure is done from the desk (`app.inbox`). Who sees
an instance is decided in `queries.visible_instances`; everything shown of
instances starts from there.
"""

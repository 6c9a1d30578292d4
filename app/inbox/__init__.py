"""The desk: find a task, open it, keep a draft, hand it in, let a deputy do it.

Everything a person has to do is here, whatever procedure it comes from. Who
sees a task is decided in `queries.visible_tasks`, who may act on it in
`service.acting_for`; what completing it sets going is the diagram's business.
"""

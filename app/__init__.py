"""诊改通: a college's internal quality assurance as running BPMN procedures.

Rooms stand on floors (README, "the house"); `application.create_app` puts them
together. It is not called from here, so that a room can be opened, tested and
understood without loading the whole house.
"""

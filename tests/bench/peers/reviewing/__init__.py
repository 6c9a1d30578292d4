"""A Django application with the review process as django-viewflow says it."""

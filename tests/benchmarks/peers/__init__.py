"""What others build with other libraries: classic Celery tasks, django-webhook, dj-stripe."""

"""The app whose rows fire webhooks in django-webhook."""

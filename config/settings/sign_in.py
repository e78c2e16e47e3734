"""Accounts: django-allauth over our own user model, Argon2 passwords of 12 to 128 characters."""

AUTH_USER_MODEL = "benefits.User"
AUTHENTICATION_BACKENDS = ["benefits.accounts.backend.Backend"]
SESSION_ENGINE = "benefits.accounts.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

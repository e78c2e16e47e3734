"""Accounts: django-allauth over our own user model, Argon2 passwords of 12 to 128 characters, passkeys, TOTP for staff.

Sign-in is allauth's headless API at /_allauth/browser/v1/ (session cookie and CSRF), and its pages at /accounts/ in our
own shell (config/templates/). Which of them exist is said in config/urls.py.
"""

from config.settings.environment import BASE_URL

AUTH_USER_MODEL = "benefits.User"
AUTHENTICATION_BACKENDS = ["benefits.accounts.backend.Backend"]
SESSION_ENGINE = "benefits.accounts.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "benefits.accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

ACCOUNT_ADAPTER = "benefits.sign_on.web.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever holds the invitation's token received it at that address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers, whatever is typed into the reset form
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Employees of one workplace share an address, so the limit for all sign-ins is wide and the one for failures narrow.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "20/m/ip,5/300s/key"}

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False  # on a page: until the browser is closed, for it may be a shared one

HEADLESS_ONLY = False
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{BASE_URL}/",
    "account_confirm_email": f"{BASE_URL}/?key={{key}}",
    "account_reset_password": f"{BASE_URL}/reset/",
    "account_reset_password_from_key": f"{BASE_URL}/reset/?key={{key}}",
}

MFA_ADAPTER = "benefits.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# One kind of key: it is found without an address, and its holder unlocks it by a finger, a face or a PIN. So it counts
# as two factors wherever it is shown, and nobody has to understand which kind theirs is.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "add_webauthn": "benefits.accounts.forms.PasskeyForm",
    "edit_webauthn": "benefits.accounts.forms.PasskeyNameForm",
    "login_webauthn": "benefits.accounts.forms.PasskeySignInForm",
    "authenticate_webauthn": "benefits.accounts.forms.PasskeySecondForm",
    "reauthenticate_webauthn": "benefits.accounts.forms.PasskeyAgainForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # as wide as that for passwords
MFA_TOTP_ISSUER = "Benefit"
MFA_TOTP_TOLERANCE = 0  # allauth remembers a used code for one period of 30 s: with a tolerance it would work twice

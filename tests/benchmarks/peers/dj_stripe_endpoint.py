"""Where dj-stripe listens in the benchmarks, and the secret of its endpoint; both sides of the measure read it."""

UUID = "5b0f1f6e-6a0c-4c0e-9d4e-3f1c0e6f7a01"
PATH = f"/stripe/webhook/{UUID}/"
SECRET = "whsec_of_the_peer"
API_KEY = "sk_test_" + "0" * 24
ACCOUNT = "acct_simulator"  # the account of the key, at the simulator too
API_VERSION = "2026-10-28.endive"  # of the Stripe that both are given

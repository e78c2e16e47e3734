"""What every app stands on: ids, the clock, money, errors, encryption, and who acts for which tenant."""

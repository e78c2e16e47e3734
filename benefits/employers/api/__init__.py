"""Operators sign employers; an employer's admins look after each other."""

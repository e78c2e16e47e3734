"""The catalogue: what is declared in code, as documents that others read, and a guard against incompatible changes."""

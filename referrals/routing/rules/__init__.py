"""Choosing clinics: hard filters that say why not, and an explained score among those that are left.

wish --hard filters--> candidates --score()--> ranked; the first are asked. Nobody left: the wish is widened, by policy.
"""

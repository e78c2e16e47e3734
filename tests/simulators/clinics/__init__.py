"""Clinics that receive our webhooks and answer them: an independent check of Standard Webhooks both ways."""

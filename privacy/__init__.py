"""Consent, preferences and erasure: the rules a shopper's word is kept by."""

"""Offline: consented histories in, a registered bundle out."""

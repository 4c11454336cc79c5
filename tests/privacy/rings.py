"""Rings of keys made up."""

from privacy.keys import KeyRing, Random, with_active, with_key_to_come


def with_new_key(ring: KeyRing, random: Random) -> KeyRing:
    """The ring with one more key, which is in use at once: for a ring that nobody else has yet."""
    added = with_key_to_come(ring, random)
    return with_active(added, max(added.ids))

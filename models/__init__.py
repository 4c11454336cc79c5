"""Algorithms and the bundle's file format; pure: no wire, registry, clock or environment."""

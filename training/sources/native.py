"""Shopkeeper's own form of events, as training.schema has it."""

from training.schema import EVENTS
from training.sources.source import Source

NATIVE = Source("native", EVENTS)

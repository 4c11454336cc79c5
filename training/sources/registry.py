"""The sources by the name that `--source` takes."""

from training.sources.native import NATIVE
from training.sources.online_retail import ONLINE_RETAIL
from training.sources.source import Source

SOURCES: dict[str, Source] = {source.name: source for source in (NATIVE, ONLINE_RETAIL)}

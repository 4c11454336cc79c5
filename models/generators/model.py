"""The protocol of generators whose model is worth fitting once for two uses."""

from typing import Protocol, runtime_checkable

from models.candidates import Candidates, Generator
from models.features.feature import Features
from models.histories import Histories


class FittedModel(Features, Protocol):
    """A model of pairs that both proposes and scores them."""

    def propose(self, n_candidates: int, *, n_threads: int = 1) -> Candidates:
        """At most n_candidates for every anchor that the model knows."""


@runtime_checkable
class ModelGenerator(Generator, Protocol):
    """A generator with a model: it proposes candidates, and has a word on those of all the others."""

    def fit(self, histories: Histories, *, n_threads: int = 1, seed: int = 0) -> FittedModel:
        """The model; `generate` gives what it proposes."""

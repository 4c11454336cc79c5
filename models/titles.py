"""What titles say: which items are called alike, and which rare words two of them share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from sklearn.feature_extraction.text import CountVectorizer

WORD = r"(?u)\b\w+\b"
"""A run of letters and digits: `M5`, `62`, `mount`."""

MAX_TITLES_OF_WORD = 20_000
"""A word of more titles tells nothing apart and is left out: what a title is compared with stays bounded."""

CHUNK_PAIRS = 500_000
"""Pairs compared at a time: 60 MB at ten words a title."""


@dataclass(frozen=True, slots=True, eq=False)
class Titles:
    """Titles as TF-IDF vectors of their words.

    Attributes:
        items_words: Weight of each word in each title, rows of length 1 or 0, shape (n_items, n_words), float32.
        rarity: How rare each word is: log(n_items / titles with it) / log(n_items), 0 to 1, shape (n_words,), float32.
    """

    items_words: csr_array
    rarity: NDArray[np.float32]

    def similarity(self, anchor: NDArray[np.integer], item: NDArray[np.integer]) -> NDArray[np.float32]:
        """Cosine of the two titles of each pair, 0 to 1, shape (n_pairs,)."""
        return self._over_shared_words(anchor, item, self.items_words, largest=False)

    def rarest_shared_word(self, anchor: NDArray[np.integer], item: NDArray[np.integer]) -> NDArray[np.float32]:
        """Rarity of the rarest word that both titles hold, 0 where they share none, shape (n_pairs,).

        Compatible things carry one rare word: the name of the mount, of the system, of the series.
        """
        rare = csr_array(_ones(self.items_words) @ diags_array(self.rarity))
        return self._over_shared_words(anchor, item, rare, largest=True)

    def _over_shared_words(
        self, anchor: NDArray[np.integer], item: NDArray[np.integer], items_words: csr_array, *, largest: bool
    ) -> NDArray[np.float32]:
        left = _ones(items_words) if largest else items_words
        values = np.zeros(len(anchor), np.float32)
        for start in range(0, len(anchor), CHUNK_PAIRS):
            part = slice(start, start + CHUNK_PAIRS)
            shared = csr_array(left[anchor[part]].multiply(items_words[item[part]]))
            values[part] = shared.max(axis=1).toarray().ravel() if largest else shared.sum(axis=1)
        return values


def read_titles(titles: Sequence[str]) -> Titles:
    """The titles of a catalogue, as Titles; words of a single title are left out, as they match nothing.

    Weights are those of Salton and Buckley (1988), Term-Weighting Approaches in Automatic Text Retrieval.

    Args:
        titles: By item index; empty where unknown.
    """
    n_items = len(titles)
    try:
        counts = CountVectorizer(token_pattern=WORD, min_df=2, max_df=MAX_TITLES_OF_WORD, binary=True, dtype=np.float32)
        items_words = csr_array(counts.fit_transform(titles))
    except ValueError:  # no two titles share a word
        return Titles(csr_array((n_items, 1), dtype=np.float32), np.zeros(1, np.float32))
    n_titles = np.bincount(items_words.indices, minlength=items_words.shape[1])
    weighted = csr_array(items_words @ diags_array(np.log(n_items / n_titles).astype(np.float32)))
    length = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    unit = csr_array(diags_array(1 / np.where(length > 0, length, 1)) @ weighted, dtype=np.float32)
    unit.sort_indices()
    rarity = np.log(n_items / n_titles) / np.log(max(2, n_items))
    return Titles(unit, rarity.astype(np.float32))


def _ones(matrix: csr_array) -> csr_array:
    held = matrix.copy()
    held.data = np.ones_like(held.data)
    return held

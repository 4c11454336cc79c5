"""Which of two models' lists, drafted into one, is preferred."""

from dataclasses import dataclass

from scipy.stats import binomtest

from experiments.analysis.estimates import Interval


@dataclass(frozen=True, slots=True)
class Preference:
    """Of units that used items of one team more than of the other.

    Attributes:
        n_first: Units that preferred the first arm's items.
        n_second: Units that preferred the second's.
        n_ties: Units that used as many of both, or none.
        share: Of units with a preference those for the first, 0 to 1; None where there are none.
        fixed: Interval of the share, exact where it is read once; None likewise.
        p_value: Of no preference, two-sided: the sign test.
    """

    n_first: int
    n_second: int
    n_ties: int
    share: float | None
    fixed: Interval | None
    p_value: float


def preference_of(n_first: int, n_second: int, n_ties: int, alpha: float) -> Preference:
    """Counted by unit, not by click, as clicks of one unit are alike.

    Args:
        n_first: Units that used more of the first arm's items.
        n_second: Units that used more of the second's.
        n_ties: Units that used as many of both.
        alpha: Probability that the true share is not in the interval.

    Radlinski, Kurup and Joachims (2008), How Does Clickthrough Data Reflect Retrieval Quality?; Chapelle, Joachims,
    Radlinski and Yue (2012), Large-Scale Validation and Analysis of Interleaved Search Evaluation; Clopper and Pearson
    (1934), The use of confidence or fiducial limits.
    """
    n = n_first + n_second
    if not n:
        return Preference(0, 0, n_ties, None, None, 1.0)
    test = binomtest(n_first, n)
    between = test.proportion_ci(1 - alpha)
    interval = Interval(float(between.low), float(between.high))
    return Preference(n_first, n_second, n_ties, n_first / n, interval, float(test.pvalue))

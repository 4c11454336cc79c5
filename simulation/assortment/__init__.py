"""The families of the simulated shop, as data.

Rates are shares of buyers. They are set so that an accessory is a marked habit (15 to 45 in 100 buyers) and never a
rule.
"""

from simulation.assortment.listing import FAMILIES, SERIES

__all__ = ["FAMILIES", "SERIES"]

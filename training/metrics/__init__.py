"""Figures of ranked lists, one a file. `hits` is (n_cases, k): whether the item shown at that rank was bought too."""

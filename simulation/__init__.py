"""A simulated shop: believable events, consent, identities and catalogue, with the truth behind them."""

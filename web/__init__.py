"""Pages for people to look at; there are none yet. The demo's are printed by `shopkeeper demo`."""

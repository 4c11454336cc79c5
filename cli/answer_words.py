"""What an answer says of itself, in plain words."""

QUIET = {
    "QUIET_REASON_NO_CANDIDATES": "The model knows this, but nothing goes with it.",
    "QUIET_REASON_BELOW_BAR": "Some items go with this, but none is probable enough to show.",
    "QUIET_REASON_ALL_EXCLUDED": (
        "What goes with this is in the cart, shown or dismissed already, cannot be bought, would replace it, or is "
        "held back by the placement's manners."
    ),
    "QUIET_REASON_TOO_FEW": "Fewer items go with it than this placement shows at least.",
    "QUIET_REASON_HOLDOUT": "A test of the shop shows nothing here, to learn what it is worth to show something.",
    "QUIET_REASON_NO_MODEL": "The server has no model yet: its log says why. `shopkeeper train` makes one.",
}
"""Why an answer is empty, but for items that the model does not know: those are named."""

PERSONALISATION = {
    "CONSENT_REASON_NEVER_ASKED": "is not used: the shopper was never asked",
    "CONSENT_REASON_DENIED": "is not used: the shopper said no",
    "CONSENT_REASON_LAPSED": "is not used: the shopper's yes no longer counts, by a newer policy or another law",
    "CONSENT_REASON_GLOBAL_PRIVACY_CONTROL": "is not used: the browser objects",
    "CONSENT_REASON_TCF_REFUSED": "is not used: the consent string does not plainly allow it",
    "CONSENT_REASON_UNAVAILABLE": "is not used: what the shopper said cannot be looked up now",
    "CONSENT_REASON_UNSPECIFIED": "is not used: the server keeps none, or has no model yet",
}
"""Why what a shopper did before is used or not, in plain words after "history"."""

RESTS_ON = {
    "RUNG_HISTORY": "what the shopper did before",
    "RUNG_SESSION": "the cart or the items viewed",
    "RUNG_ITEM": "the page's item",
    "RUNG_CATEGORY": "categories or titles, as too little is known of the items themselves",
}
"""What the items shown rest on, by the answer's rung, in words after "rests on"."""

SEEMS = {
    "MOMENT_BROWSING": "the shopper seems to be looking around",
    "MOMENT_COMPARING": "the shopper seems to be choosing among items of one kind",
    "MOMENT_BUYING": "the shopper seems to be buying",
    "MOMENT_DONE": "the order is placed",
}
"""What the shopper seems to be doing, which decides how much is shown."""

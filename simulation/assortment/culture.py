"""Guitars and books."""

from simulation.families import Family, Slot, accessory, refill

GUITAR = Family(
    name="guitars",
    season="gifts",
    brands=("Sonoro", "Cedarline", "Fretwell", "Alba", "Dunmore Strings"),
    slots=(
        Slot(
            "guitar",
            "{brand} {series} acoustic guitar, {variant}",
            "music/guitars/acoustic",
            (149, 649),
            ("spruce", "cedar"),
            1.0,
            "family",
        ),
        Slot("strings", "{brand} {series} guitar strings", "music/guitars/strings", (8, 18), alone=0.2, line="strings"),
        Slot(
            "strap",
            "{brand} {series} leather strap",
            "music/guitars/straps",
            (15, 39),
            alone=0.1,
            rivals="family",
            line="strap",
        ),
        Slot("bag", "{brand} gig bag for {series} guitars", "music/guitars/bags", (29, 79), alone=0.06),
        Slot(
            "tuner",
            "{brand} {series} clip tuner",
            "music/tuning/tuners",
            (12, 25),
            alone=0.2,
            rivals="family",
            line="tuner",
        ),
        Slot(
            "stand",
            "{brand} {series} guitar stand",
            "music/guitars/stands",
            (15, 35),
            alone=0.08,
            rivals="family",
            line="stand",
        ),
    ),
    links=(
        accessory("guitar", "strap", 0.3),
        accessory("guitar", "bag", 0.38),
        accessory("guitar", "tuner", 0.34),
        accessory("guitar", "stand", 0.22),
        refill("guitar", "strings", 0.6, 70),
    ),
)


BOOKS = Family(
    name="books and prints",
    season="gifts",
    brands=("Paper Lantern", "Quayside Press", "Folio North", "Two Rivers"),
    slots=(
        Slot(
            "book",
            "{series}: {variant}, {brand}",
            "books/shelf/illustrated",
            (12, 39),
            ("a cookbook", "a travel journal", "an atlas of birds", "a calendar"),
            0.6,
            "family",
        ),
    ),
)

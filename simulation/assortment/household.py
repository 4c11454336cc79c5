"""Small things, cleaning, care and pets."""

from simulation.families import Family, Slot, accessory, complement, refill

IMPULSE = Family(
    name="counter",
    season="gifts",
    brands=("Everyday", "Corner", "Pocketful", "Jolly", "Hearth"),
    slots=(
        Slot(
            "batteries",
            "{brand} {series} AA batteries, 8",
            "household/counter/batteries",
            (4, 9),
            alone=0.3,
            rivals="family",
        ),
        Slot(
            "cloth",
            "{brand} {series} microfibre cloth",
            "household/counter/cloths",
            (3, 7),
            alone=0.2,
            rivals="family",
            line="cloth",
        ),
        Slot(
            "wrap",
            "{brand} {series} gift wrap, 3 m",
            "household/counter/gift-wrap",
            (3, 8),
            alone=0.2,
            rivals="family",
            line="wrap",
        ),
        Slot(
            "tote",
            "{brand} {series} cotton tote bag",
            "household/counter/tote-bags",
            (4, 12),
            alone=0.2,
            rivals="family",
            line="tote",
        ),
        Slot(
            "bar",
            "{brand} {series} chocolate bar",
            "household/counter/chocolate",
            (2, 6),
            alone=0.3,
            rivals="family",
            line="bar",
        ),
    ),
    impulse=True,
)


VACUUM = Family(
    name="vacuum cleaners",
    season="spring",
    brands=("Zephyr", "Swiftair", "Cleanwell", "Dustral"),
    slots=(
        Slot(
            "vacuum",
            "{brand} {series} vacuum cleaner {variant}",
            "household/cleaning/vacuums",
            (99, 399),
            ("Silence", "Power"),
            1.0,
            "family",
        ),
        Slot("bags", "{brand} dust bags for {series}, 5", "household/cleaning/dust-bags", (9, 17), alone=0.15),
        Slot("hepa", "{brand} HEPA filter for {series}", "household/cleaning/filters", (14, 29), alone=0.06),
        Slot("nozzle", "{brand} parquet nozzle for {series}", "household/cleaning/nozzles", (19, 39), alone=0.05),
        Slot("pet", "{brand} pet hair brush for {series}", "household/cleaning/brushes", (19, 45), alone=0.05),
    ),
    links=(
        accessory("vacuum", "nozzle", 0.3),
        accessory("vacuum", "pet", 0.26),
        refill("vacuum", "bags", 0.7, 55),
        refill("vacuum", "hepa", 0.3, 120),
    ),
)


TOOTHBRUSH = Family(
    name="toothbrushes",
    season="even",
    brands=("Brillo Dent", "Clarident", "Pearlon", "Mintra"),
    slots=(
        Slot(
            "brush",
            "{brand} {series} electric toothbrush {variant}",
            "care/teeth/toothbrushes",
            (49, 189),
            ("Basic", "Plus"),
            1.0,
            "family",
        ),
        Slot("heads", "{brand} brush heads for {series}, 4", "care/teeth/brush-heads", (14, 25), alone=0.15),
        Slot("travel", "{brand} travel case for {series} toothbrushes", "care/teeth/travel-cases", (9, 19), alone=0.04),
        Slot("stand", "{brand} {series} charging stand", "care/teeth/stands", (14, 29), alone=0.04),
        Slot(
            "irrigator",
            "{brand} {series} water flosser",
            "care/teeth/flossers",
            (39, 48),
            alone=0.4,
            rivals="family",
            line="irrigator",
        ),
    ),
    links=(
        accessory("brush", "travel", 0.32),
        accessory("brush", "stand", 0.24),
        complement("brush", "irrigator", 0.2, 0.16),
        refill("brush", "heads", 0.75, 80),
    ),
)


FOUNTAIN = Family(
    name="pet fountains",
    season="even",
    brands=("Whisker & Paw", "Purrfount", "Tailwag", "Felida"),
    slots=(
        Slot(
            "fountain",
            "{brand} {series} drinking fountain, {variant}",
            "pets/feeding/fountains",
            (35, 89),
            ("steel", "ceramic"),
            1.0,
            "family",
        ),
        Slot("filters", "{brand} carbon filters for {series}, 6", "pets/feeding/filters", (9, 17), alone=0.15),
        Slot(
            "mat",
            "{brand} {series} feeding mat",
            "pets/feeding/mats",
            (9, 19),
            alone=0.12,
            rivals="family",
            line="bowl",
        ),
        Slot("pump", "{brand} spare pump for {series}", "pets/feeding/pumps", (12, 22), alone=0.04),
        Slot(
            "bowl",
            "{brand} {series} feeding bowl",
            "pets/feeding/bowls",
            (21, 35),
            alone=0.35,
            rivals="family",
            line="bowl",
        ),
    ),
    links=(
        accessory("fountain", "mat", 0.34),
        accessory("fountain", "pump", 0.18),
        complement("fountain", "bowl", 0.28, 0.16),
        accessory("bowl", "mat", 0.26),
        refill("fountain", "filters", 0.75, 42),
    ),
)

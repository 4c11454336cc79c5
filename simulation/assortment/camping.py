"""Tents, sleeping bags and stoves."""

from simulation.families import Family, Slot, accessory, complement, refill

TENT = Family(
    name="tents",
    season="summer",
    brands=("Fjellvik", "Tarnside", "Highmoor", "Windrose", "Boreal Loft"),
    slots=(
        Slot(
            "tent",
            "{brand} {series} tent, {variant}",
            "camping/tents/trekking",
            (169, 549),
            ("2 persons", "3 persons", "4 persons"),
            1.0,
            "family",
        ),
        Slot(
            "footprint",
            "{brand} footprint for {series}, {variant}",
            "camping/tents/footprints",
            (29, 59),
            ("2 persons", "3 persons", "4 persons"),
            0.05,
        ),
        Slot(
            "pegs",
            "{brand} {series} tent pegs, 10",
            "camping/tents/pegs",
            (9, 24),
            alone=0.15,
            rivals="family",
            line="pegs",
        ),
        Slot(
            "lantern",
            "{brand} {series} camping lantern",
            "camping/light/lanterns",
            (19, 49),
            alone=0.3,
            rivals="family",
            line="lantern",
        ),
        Slot("repair", "{brand} repair kit for {series} tents", "camping/tents/repair", (9, 19), alone=0.05),
    ),
    links=(
        accessory("tent", "footprint", 0.4, paired=True),
        accessory("tent", "pegs", 0.34),
        complement("tent", "lantern", 0.28, 0.12),
        accessory("tent", "repair", 0.2),
    ),
)


SLEEPING = Family(
    name="sleeping bags",
    season="summer",
    brands=("Fjellvik", "Downy Ridge", "Highmoor", "Nocturne", "Lodestar"),
    slots=(
        Slot(
            "bag",
            "{brand} {series} sleeping bag, {variant}",
            "camping/sleeping/bags",
            (89, 349),
            ("summer", "three seasons"),
            1.0,
            "family",
        ),
        Slot(
            "mat",
            "{brand} {series} sleeping mat",
            "camping/sleeping/mats",
            (45, 85),
            alone=0.5,
            rivals="family",
            line="mat",
        ),
        Slot("liner", "{brand} silk liner for {series}", "camping/sleeping/liners", (25, 49), alone=0.06),
        Slot(
            "pillow",
            "{brand} {series} inflatable pillow",
            "camping/sleeping/pillows",
            (15, 32),
            alone=0.15,
            rivals="family",
            line="pillow",
        ),
        Slot(
            "pump",
            "{brand} pump sack for {series} mats",
            "camping/sleeping/pump-sacks",
            (12, 25),
            alone=0.04,
            line="mat",
        ),
    ),
    links=(
        complement("bag", "mat", 0.34, 0.16),
        accessory("bag", "liner", 0.28),
        accessory("bag", "pillow", 0.3),
        accessory("mat", "pump", 0.36),
        accessory("mat", "pillow", 0.22),
    ),
)


STOVE = Family(
    name="camping stoves",
    season="summer",
    brands=("Emberline", "Tarnside", "Blue Flame", "Windrose"),
    slots=(
        Slot(
            "stove",
            "{brand} {series} gas stove, {variant}",
            "camping/cooking/stoves",
            (39, 129),
            ("single", "double"),
            1.0,
            "family",
        ),
        Slot("gas", "{brand} {series} gas canister, 230 g", "camping/cooking/gas", (6, 10), alone=0.2),
        Slot("screen", "{brand} windscreen for {series} stoves", "camping/cooking/windscreens", (12, 24), alone=0.05),
        Slot(
            "pots",
            "{brand} {series} cook set",
            "camping/cooking/cook-sets",
            (24, 38),
            alone=0.5,
            rivals="family",
            line="pots",
        ),
        Slot(
            "cutlery",
            "{brand} {series} titanium cutlery",
            "camping/cooking/cutlery",
            (12, 22),
            alone=0.15,
            rivals="family",
            line="cutlery",
        ),
    ),
    links=(
        accessory("stove", "screen", 0.34),
        complement("stove", "pots", 0.36, 0.18),
        accessory("stove", "cutlery", 0.2),
        accessory("pots", "cutlery", 0.34),
        refill("stove", "gas", 0.7, 28),
    ),
)

"""Kettles and coffee machines."""

from simulation.families import Family, Slot, accessory, complement, refill

KETTLE = Family(
    name="kettles",
    season="winter",
    brands=("Brewster", "Calda", "Northpot", "Vapora", "Tinwell"),
    slots=(
        Slot(
            "kettle",
            "{brand} {series} electric kettle {variant}",
            "kitchen/kettles/electric",
            (35, 119),
            ("1.2 l", "1.7 l"),
            1.0,
            "family",
        ),
        Slot(
            "cartridge",
            "{brand} filter cartridges for {series} kettles, 3",
            "kitchen/kettles/filters",
            (9, 18),
            alone=0.1,
        ),
        Slot(
            "teapot",
            "{brand} {series} glass teapot",
            "kitchen/tea/teapots",
            (19, 34),
            alone=0.3,
            rivals="family",
            line="teapot",
        ),
        Slot(
            "infuser",
            "{brand} steel tea infuser for {series} teapots",
            "kitchen/tea/infusers",
            (7, 15),
            alone=0.1,
            line="teapot",
        ),
        Slot("trivet", "{brand} {series} cork trivet", "kitchen/tea/trivets", (6, 12), alone=0.1, line="trivet"),
        Slot("descaler", "{brand} descaler for {series} kettles", "kitchen/care/descalers", (6, 11), alone=0.05),
    ),
    links=(
        complement("kettle", "teapot", 0.3, 0.14),
        accessory("kettle", "trivet", 0.26),
        accessory("kettle", "infuser", 0.22),
        accessory("teapot", "infuser", 0.36),
        refill("kettle", "cartridge", 0.6, 60),
        refill("kettle", "descaler", 0.35, 90),
    ),
)


COFFEE = Family(
    name="coffee machines",
    season="winter",
    brands=("Arabesque", "Cremina Uno", "Rostello", "Monte Nero", "Baristo"),
    slots=(
        Slot(
            "machine",
            "{brand} {series} espresso machine {variant}",
            "kitchen/coffee/espresso-machines",
            (149, 699),
            ("Compact", "Duo"),
            1.0,
            "family",
        ),
        Slot(
            "beans",
            "{brand} {series} espresso beans, 1 kg",
            "kitchen/coffee/beans",
            (14, 26),
            alone=0.2,
            rivals="family",
            line="beans",
        ),
        Slot("tamper", "{brand} tamper for {series} machines", "kitchen/coffee/tampers", (15, 39), alone=0.06),
        Slot(
            "jug",
            "{brand} {series} milk jug",
            "kitchen/coffee/milk-jugs",
            (12, 29),
            alone=0.1,
            rivals="family",
            line="jug",
        ),
        Slot(
            "cups",
            "{brand} {series} espresso cups, 4",
            "kitchen/coffee/cups",
            (19, 39),
            alone=0.3,
            rivals="family",
            line="cups",
        ),
        Slot(
            "tablets", "{brand} cleaning tablets for {series} machines", "kitchen/coffee/cleaning", (8, 15), alone=0.05
        ),
        Slot(
            "grinder",
            "{brand} {series} burr grinder",
            "kitchen/coffee/grinders",
            (59, 139),
            alone=0.4,
            rivals="family",
            line="grinder",
        ),
    ),
    links=(
        accessory("machine", "tamper", 0.3),
        accessory("machine", "jug", 0.34),
        complement("machine", "cups", 0.26, 0.12),
        complement("machine", "grinder", 0.24, 0.14),
        refill("machine", "beans", 0.65, 30),
        refill("machine", "tablets", 0.4, 75),
    ),
)

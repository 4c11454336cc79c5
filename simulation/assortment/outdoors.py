"""Bicycles, running shoes, power tools and mowers."""

from simulation.families import Family, Slot, accessory, complement, refill

BIKE = Family(
    name="bicycles",
    season="spring",
    brands=("Velarde", "Spoke & Co", "Ridgeline", "Pavé", "Tern Hill"),
    slots=(
        Slot(
            "bike",
            "{brand} {series} city bike, {variant}",
            "cycling/bikes/city",
            (399, 1299),
            ("48 cm", "52 cm", "56 cm"),
            1.0,
            "family",
        ),
        Slot(
            "lock",
            "{brand} {series} folding lock",
            "cycling/security/locks",
            (29, 79),
            alone=0.35,
            rivals="family",
            line="lock",
        ),
        Slot(
            "lights",
            "{brand} {series} light set",
            "cycling/lights/sets",
            (19, 59),
            alone=0.35,
            rivals="family",
            line="lights",
        ),
        Slot("rack", "{brand} {series} rear rack", "cycling/luggage/racks", (29, 59), alone=0.08, line="rack"),
        Slot(
            "pannier",
            "{brand} {series} pannier bag",
            "cycling/luggage/panniers",
            (45, 99),
            alone=0.4,
            rivals="family",
            line="pannier",
        ),
        Slot(
            "bracket",
            "{brand} bracket for {series} locks",
            "cycling/security/brackets",
            (8, 16),
            alone=0.03,
            line="lock",
        ),
    ),
    links=(
        accessory("bike", "lock", 0.42),
        accessory("bike", "lights", 0.34),
        accessory("bike", "rack", 0.28),
        complement("pannier", "rack", 0.34, 0.24),
        accessory("lock", "bracket", 0.3),
    ),
)


RUNNING = Family(
    name="running shoes",
    season="spring",
    brands=("Striden", "Marathos", "Gale", "Fleetfoot"),
    slots=(
        Slot(
            "shoe",
            "{brand} {series} running shoe, {variant}",
            "sports/running/shoes",
            (79, 179),
            ("road", "trail"),
            1.0,
            "family",
        ),
        Slot(
            "socks",
            "{brand} {series} running socks, 3",
            "sports/running/socks",
            (12, 25),
            alone=0.25,
            rivals="family",
            line="socks",
        ),
        Slot("insole", "{brand} insoles for {series}", "sports/running/insoles", (19, 39), alone=0.06),
        Slot(
            "belt",
            "{brand} {series} running belt",
            "sports/running/belts",
            (19, 35),
            alone=0.2,
            rivals="family",
            line="belt",
        ),
        Slot(
            "spray", "{brand} {series} shoe protector spray", "sports/running/care", (8, 15), alone=0.05, line="spray"
        ),
    ),
    links=(
        accessory("shoe", "socks", 0.4),
        accessory("shoe", "insole", 0.24),
        accessory("shoe", "spray", 0.26),
        accessory("shoe", "belt", 0.2),
    ),
)


DRILL = Family(
    name="power tools",
    season="spring",
    brands=("Torqua", "Ironbark", "Bolt & Beam", "Anvil", "Hexa"),
    slots=(
        Slot(
            "drill",
            "{brand} {series} cordless drill, {variant}",
            "tools/power/drills",
            (89, 249),
            ("12 V", "18 V"),
            1.0,
            "family",
        ),
        Slot(
            "battery", "{brand} {series} battery, {variant}", "tools/power/batteries", (35, 79), ("12 V", "18 V"), 0.12
        ),
        Slot("charger", "{brand} {series} rapid charger", "tools/power/chargers", (29, 59), alone=0.06),
        Slot(
            "bits",
            "{brand} {series} bit set, 40 pieces",
            "tools/bits/sets",
            (15, 39),
            alone=0.3,
            rivals="family",
            line="bits",
        ),
        Slot(
            "sander",
            "{brand} {series} orbital sander",
            "tools/power/sanders",
            (59, 149),
            alone=0.5,
            rivals="family",
            line="sander",
        ),
        Slot(
            "sheets",
            "{brand} sanding discs for {series}, 50",
            "tools/abrasives/discs",
            (9, 19),
            alone=0.1,
            line="sander",
        ),
        Slot(
            "box", "{brand} {series} tool box", "tools/storage/boxes", (19, 49), alone=0.15, rivals="family", line="box"
        ),
    ),
    links=(
        accessory("drill", "battery", 0.36, paired=True),
        accessory("drill", "charger", 0.22),
        accessory("drill", "bits", 0.4),
        accessory("drill", "box", 0.24),
        accessory("sander", "box", 0.2),
        refill("sander", "sheets", 0.7, 50),
    ),
)


MOWER = Family(
    name="lawn mowers",
    season="spring",
    brands=("Greenway", "Cloverfield Tools", "Meadowlark", "Lawnarch"),
    slots=(
        Slot(
            "mower",
            "{brand} {series} cordless mower, {variant}",
            "garden/lawn/mowers",
            (199, 599),
            ("34 cm", "42 cm"),
            1.0,
            "family",
        ),
        Slot(
            "blade",
            "{brand} spare blade for {series}, {variant}",
            "garden/lawn/blades",
            (15, 35),
            ("34 cm", "42 cm"),
            0.1,
        ),
        Slot("battery", "{brand} {series} 36 V garden battery", "garden/power/batteries", (79, 149), alone=0.1),
        Slot(
            "trimmer",
            "{brand} {series} lawn trimmer",
            "garden/lawn/trimmers",
            (159, 219),
            alone=0.6,
            rivals="family",
            line="trimmer",
        ),
        Slot(
            "line",
            "{brand} trimmer line for {series}, 15 m",
            "garden/lawn/trimmer-line",
            (7, 13),
            alone=0.1,
            line="trimmer",
        ),
        Slot("cover", "{brand} cover for {series} mowers", "garden/lawn/covers", (19, 39), alone=0.04),
    ),
    links=(
        accessory("mower", "blade", 0.26, paired=True),
        accessory("mower", "battery", 0.32),
        accessory("mower", "cover", 0.28),
        complement("mower", "trimmer", 0.26, 0.16),
        accessory("trimmer", "battery", 0.26),
        refill("trimmer", "line", 0.65, 40),
    ),
)

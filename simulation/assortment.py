"""The families of the simulated shop, as data.

Rates are shares of buyers. They are set so that an accessory is a marked habit (15 to 45 in 100 buyers) and
never a rule.
"""

from simulation.families import Family, Slot, accessory, complement, refill

CAMERA = Family(
    name="mirrorless cameras",
    season="gifts",
    brands=("Lumora", "Aperio", "Halden", "Obscura", "Fovea", "Kestrel"),
    slots=(
        Slot(
            "body",
            "{brand} {series} {variant} mirrorless camera body",
            "photo/cameras/mirrorless",
            (549, 2399),
            ("M5", "M7", "M9"),
            1.0,
            "family",
        ),
        Slot("zoom", "{brand} 24-70 mm zoom lens, {series} mount", "photo/lenses/zoom", (249, 529), alone=0.35),
        Slot(
            "prime",
            "{brand} {variant} prime lens, {series} mount",
            "photo/lenses/prime",
            (149, 399),
            ("35 mm f/1.8",),
            0.3,
        ),
        Slot("battery", "{brand} Li-ion battery for {series} cameras", "photo/power/batteries", (39, 79), alone=0.1),
        Slot(
            "card",
            "{brand} SDXC memory card {variant}, tested with {series}",
            "photo/storage/memory-cards",
            (19, 69),
            ("64 GB", "128 GB"),
            0.15,
        ),
        Slot("case", "{brand} padded case for {series} cameras", "photo/bags/cases", (29, 69), alone=0.05),
        Slot("filter", "{brand} UV filter for {series} lenses", "photo/lenses/filters", (19, 45), alone=0.05),
    ),
    links=(
        complement("body", "zoom", 0.36, 0.12),
        complement("body", "prime", 0.24, 0.12),
        accessory("body", "battery", 0.36),
        accessory("body", "card", 0.5),
        accessory("body", "case", 0.28),
        accessory("zoom", "filter", 0.34),
        accessory("prime", "filter", 0.3),
    ),
)

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
            "cloth", "{brand} {series} microfibre cloth", "household/counter/cloths", (3, 7), alone=0.2, rivals="family"
        ),
        Slot(
            "wrap", "{brand} {series} gift wrap, 3 m", "household/counter/gift-wrap", (3, 8), alone=0.2, rivals="family"
        ),
        Slot(
            "tote",
            "{brand} {series} cotton tote bag",
            "household/counter/tote-bags",
            (4, 12),
            alone=0.2,
            rivals="family",
        ),
        Slot(
            "bar", "{brand} {series} chocolate bar", "household/counter/chocolate", (2, 6), alone=0.3, rivals="family"
        ),
    ),
    impulse=True,
)

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
        Slot("teapot", "{brand} {series} glass teapot", "kitchen/tea/teapots", (19, 34), alone=0.3, rivals="family"),
        Slot("infuser", "{brand} steel tea infuser for {series} teapots", "kitchen/tea/infusers", (7, 15), alone=0.1),
        Slot("trivet", "{brand} {series} cork trivet", "kitchen/tea/trivets", (6, 12), alone=0.1),
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
        Slot("pegs", "{brand} {series} tent pegs, 10", "camping/tents/pegs", (9, 24), alone=0.15, rivals="family"),
        Slot(
            "lantern",
            "{brand} {series} camping lantern",
            "camping/light/lanterns",
            (19, 49),
            alone=0.3,
            rivals="family",
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

PHONE = Family(
    name="phones",
    season="gifts",
    brands=("Orbis", "Pellucid", "Nimbus", "Sonar", "Quanta"),
    slots=(
        Slot(
            "phone",
            "{brand} {series} {variant} smartphone",
            "electronics/phones/smartphones",
            (249, 1099),
            ("Lite", "One", "Pro"),
            1.0,
            "family",
        ),
        Slot(
            "case",
            "{brand} silicone case for {series} {variant}",
            "electronics/phones/cases",
            (15, 39),
            ("Lite", "One", "Pro"),
            0.12,
        ),
        Slot(
            "glass",
            "{brand} tempered glass for {series} {variant}",
            "electronics/phones/screen-protectors",
            (9, 25),
            ("Lite", "One", "Pro"),
            0.1,
        ),
        Slot("charger", "{brand} {series} USB-C fast charger", "electronics/power/chargers", (19, 45), alone=0.2),
        Slot(
            "earbuds",
            "{brand} {series} wireless earbuds",
            "electronics/audio/earbuds",
            (49, 149),
            alone=0.5,
            rivals="family",
        ),
        Slot("tips", "{brand} ear tips for {series} earbuds", "electronics/audio/ear-tips", (7, 15), alone=0.05),
    ),
    links=(
        accessory("phone", "case", 0.44, paired=True),
        accessory("phone", "glass", 0.36, paired=True),
        accessory("phone", "charger", 0.28),
        complement("phone", "earbuds", 0.2, 0.1),
        accessory("earbuds", "tips", 0.22),
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
        ),
        Slot("tamper", "{brand} tamper for {series} machines", "kitchen/coffee/tampers", (15, 39), alone=0.06),
        Slot("jug", "{brand} {series} milk jug", "kitchen/coffee/milk-jugs", (12, 29), alone=0.1, rivals="family"),
        Slot("cups", "{brand} {series} espresso cups, 4", "kitchen/coffee/cups", (19, 39), alone=0.3, rivals="family"),
        Slot(
            "tablets", "{brand} cleaning tablets for {series} machines", "kitchen/coffee/cleaning", (8, 15), alone=0.05
        ),
        Slot(
            "grinder", "{brand} {series} burr grinder", "kitchen/coffee/grinders", (59, 139), alone=0.4, rivals="family"
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
        Slot("mat", "{brand} {series} sleeping mat", "camping/sleeping/mats", (45, 85), alone=0.5, rivals="family"),
        Slot("liner", "{brand} silk liner for {series}", "camping/sleeping/liners", (25, 49), alone=0.06),
        Slot(
            "pillow",
            "{brand} {series} inflatable pillow",
            "camping/sleeping/pillows",
            (15, 32),
            alone=0.15,
            rivals="family",
        ),
        Slot("pump", "{brand} pump sack for {series} mats", "camping/sleeping/pump-sacks", (12, 25), alone=0.04),
    ),
    links=(
        complement("bag", "mat", 0.34, 0.16),
        accessory("bag", "liner", 0.28),
        accessory("bag", "pillow", 0.3),
        accessory("mat", "pump", 0.36),
        accessory("mat", "pillow", 0.22),
    ),
)

PRINTER = Family(
    name="printers",
    season="even",
    brands=("Inkwell", "Papyra", "Tonic", "Serif", "Platen"),
    slots=(
        Slot(
            "printer",
            "{brand} {series} {variant} printer",
            "office/printers/inkjet",
            (79, 289),
            ("Home", "Studio"),
            1.0,
            "family",
        ),
        Slot(
            "ink",
            "{brand} {series} ink, {variant}",
            "office/printers/ink",
            (17, 39),
            ("black", "colour"),
            0.1,
        ),
        Slot("cable", "{brand} USB cable for {series} printers, 2 m", "office/cables/usb", (7, 14), alone=0.08),
        Slot(
            "paper",
            "{brand} {series} photo paper, 50 sheets",
            "office/paper/photo",
            (9, 24),
            alone=0.2,
            rivals="family",
        ),
        Slot("tray", "{brand} paper tray for {series} printers", "office/printers/trays", (19, 45), alone=0.03),
    ),
    links=(
        accessory("printer", "cable", 0.36),
        accessory("printer", "tray", 0.18),
        accessory("printer", "paper", 0.34),
        refill("printer", "ink", 0.8, 45),
    ),
)

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
        Slot("lock", "{brand} {series} folding lock", "cycling/security/locks", (29, 79), alone=0.35, rivals="family"),
        Slot("lights", "{brand} {series} light set", "cycling/lights/sets", (19, 59), alone=0.35, rivals="family"),
        Slot("rack", "{brand} rear rack for {series}", "cycling/luggage/racks", (29, 59), alone=0.08),
        Slot(
            "pannier", "{brand} {series} pannier bag", "cycling/luggage/panniers", (45, 99), alone=0.4, rivals="family"
        ),
        Slot("bracket", "{brand} bracket for {series} locks", "cycling/security/brackets", (8, 16), alone=0.03),
    ),
    links=(
        accessory("bike", "lock", 0.42),
        accessory("bike", "lights", 0.34),
        accessory("bike", "rack", 0.28),
        complement("pannier", "rack", 0.34, 0.24),
        accessory("lock", "bracket", 0.3),
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
        Slot("bits", "{brand} {series} bit set, 40 pieces", "tools/bits/sets", (15, 39), alone=0.3, rivals="family"),
        Slot("sander", "{brand} {series} orbital sander", "tools/power/sanders", (59, 149), alone=0.5, rivals="family"),
        Slot("sheets", "{brand} sanding discs for {series}, 50", "tools/abrasives/discs", (9, 19), alone=0.1),
        Slot("box", "{brand} {series} tool box", "tools/storage/boxes", (19, 49), alone=0.15, rivals="family"),
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
            "irrigator", "{brand} {series} water flosser", "care/teeth/flossers", (39, 48), alone=0.4, rivals="family"
        ),
    ),
    links=(
        accessory("brush", "travel", 0.32),
        accessory("brush", "stand", 0.24),
        complement("brush", "irrigator", 0.2, 0.16),
        refill("brush", "heads", 0.75, 80),
    ),
)

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
        Slot("strings", "{brand} {series} guitar strings", "music/guitars/strings", (8, 18), alone=0.2),
        Slot("strap", "{brand} {series} leather strap", "music/guitars/straps", (15, 39), alone=0.1, rivals="family"),
        Slot("bag", "{brand} gig bag for {series} guitars", "music/guitars/bags", (29, 79), alone=0.06),
        Slot("tuner", "{brand} {series} clip tuner", "music/tuning/tuners", (12, 25), alone=0.2, rivals="family"),
        Slot("stand", "{brand} {series} guitar stand", "music/guitars/stands", (15, 35), alone=0.08, rivals="family"),
    ),
    links=(
        accessory("guitar", "strap", 0.3),
        accessory("guitar", "bag", 0.38),
        accessory("guitar", "tuner", 0.34),
        accessory("guitar", "stand", 0.22),
        refill("guitar", "strings", 0.6, 70),
    ),
)

CONSOLE = Family(
    name="game consoles",
    season="gifts",
    brands=("Pixelate", "Arcadio", "Joypoint", "Novabox"),
    slots=(
        Slot(
            "console",
            "{brand} {series} game console, {variant}",
            "gaming/consoles/home",
            (249, 549),
            ("500 GB", "1 TB"),
            1.0,
            "family",
        ),
        Slot("controller", "{brand} {series} wireless controller", "gaming/controllers/gamepads", (45, 69), alone=0.25),
        Slot(
            "headset",
            "{brand} {series} gaming headset",
            "gaming/audio/headsets",
            (49, 119),
            alone=0.45,
            rivals="family",
        ),
        Slot("dock", "{brand} charging dock for {series} controllers", "gaming/power/docks", (19, 39), alone=0.06),
        Slot(
            "game",
            "{variant} for {brand} {series}",
            "gaming/games/console-games",
            (29, 69),
            ("Harbour Racers", "Lanterns of Eld"),
            0.4,
        ),
    ),
    links=(
        accessory("console", "controller", 0.42),
        accessory("console", "dock", 0.22),
        complement("console", "game", 0.5, 0.12),
        accessory("console", "headset", 0.2),
        accessory("controller", "dock", 0.2),
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
        Slot("pots", "{brand} {series} cook set", "camping/cooking/cook-sets", (24, 38), alone=0.5, rivals="family"),
        Slot(
            "cutlery",
            "{brand} {series} titanium cutlery",
            "camping/cooking/cutlery",
            (12, 22),
            alone=0.15,
            rivals="family",
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
        Slot("trimmer", "{brand} {series} lawn trimmer", "garden/lawn/trimmers", (79, 169), alone=0.6, rivals="family"),
        Slot("line", "{brand} trimmer line for {series}, 15 m", "garden/lawn/trimmer-line", (7, 13), alone=0.1),
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
        Slot("mat", "{brand} {series} feeding mat", "pets/feeding/mats", (9, 19), alone=0.12, rivals="family"),
        Slot("pump", "{brand} spare pump for {series}", "pets/feeding/pumps", (12, 22), alone=0.04),
        Slot("bowl", "{brand} {series} feeding bowl", "pets/feeding/bowls", (12, 29), alone=0.35, rivals="family"),
    ),
    links=(
        accessory("fountain", "mat", 0.34),
        accessory("fountain", "pump", 0.18),
        complement("fountain", "bowl", 0.28, 0.16),
        accessory("bowl", "mat", 0.26),
        refill("fountain", "filters", 0.75, 42),
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
            "socks", "{brand} {series} running socks, 3", "sports/running/socks", (12, 25), alone=0.25, rivals="family"
        ),
        Slot("insole", "{brand} insoles for {series}", "sports/running/insoles", (19, 39), alone=0.06),
        Slot("belt", "{brand} {series} running belt", "sports/running/belts", (19, 35), alone=0.2, rivals="family"),
        Slot("spray", "{brand} {series} shoe protector spray", "sports/running/care", (8, 15), alone=0.05),
    ),
    links=(
        accessory("shoe", "socks", 0.4),
        accessory("shoe", "insole", 0.24),
        accessory("shoe", "spray", 0.26),
        accessory("shoe", "belt", 0.2),
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

FAMILIES = (
    CAMERA,
    IMPULSE,
    KETTLE,
    TENT,
    PHONE,
    COFFEE,
    SLEEPING,
    PRINTER,
    BIKE,
    DRILL,
    TOOTHBRUSH,
    GUITAR,
    CONSOLE,
    STOVE,
    VACUUM,
    BOOKS,
    MOWER,
    FOUNTAIN,
    RUNNING,
)

SERIES = (
    "Vela", "Arden", "Solis", "Corvo", "Linden", "Tessera", "Merid", "Osta", "Quill", "Rhona",
    "Sable", "Tarn", "Ula", "Verity", "Wren", "Yarrow", "Zenit", "Alto", "Birch", "Cinder",
    "Delta", "Ember", "Fathom", "Grove", "Haven", "Isla", "Juno", "Kite", "Lyra", "Mistral",
    "Nova", "Opal", "Prisma", "Ravel", "Sierra", "Tundra", "Umbra", "Vesper", "Willow", "Zephira",
    "Borea",
)  # fmt: skip

"""Phones, printers and consoles."""

from simulation.families import Family, Slot, accessory, complement, refill

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
        Slot(
            "charger",
            "{brand} {series} USB-C fast charger",
            "electronics/power/chargers",
            (19, 45),
            alone=0.2,
            line="charger",
        ),
        Slot(
            "earbuds",
            "{brand} {series} wireless earbuds",
            "electronics/audio/earbuds",
            (49, 149),
            alone=0.5,
            rivals="family",
            line="earbuds",
        ),
        Slot(
            "tips",
            "{brand} ear tips for {series} earbuds",
            "electronics/audio/ear-tips",
            (7, 15),
            alone=0.05,
            line="earbuds",
        ),
    ),
    links=(
        accessory("phone", "case", 0.44, paired=True),
        accessory("phone", "glass", 0.36, paired=True),
        accessory("phone", "charger", 0.28),
        complement("phone", "earbuds", 0.2, 0.1),
        accessory("earbuds", "tips", 0.22),
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
            line="paper",
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
            line="headset",
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

"""Cameras and what they need."""

from simulation.families import Family, Slot, accessory, complement

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
            "{brand} {series} SDXC memory card, {variant}",
            "photo/storage/memory-cards",
            (19, 69),
            ("64 GB", "128 GB"),
            0.15,
            line="card",
        ),
        Slot("case", "{brand} padded case for {series} cameras", "photo/bags/cases", (29, 69), alone=0.05),
        Slot(
            "filter", "{brand} {series} UV filter, 62 mm", "photo/lenses/filters", (19, 45), alone=0.05, line="filter"
        ),
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

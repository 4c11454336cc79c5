"""All families in the order a catalogue takes them, and the words for their series."""

from simulation.assortment.camping import SLEEPING, STOVE, TENT
from simulation.assortment.culture import BOOKS, GUITAR
from simulation.assortment.electronics import CONSOLE, PHONE, PRINTER
from simulation.assortment.household import FOUNTAIN, IMPULSE, TOOTHBRUSH, VACUUM
from simulation.assortment.kitchen import COFFEE, KETTLE
from simulation.assortment.outdoors import BIKE, DRILL, MOWER, RUNNING
from simulation.assortment.photo import CAMERA

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

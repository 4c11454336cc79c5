"""Where the model in service stands."""

from service.core.answers import Model


class ModelSlot:
    """Holds the model in service; a swap is one assignment, so a reader sees the old one or the new one, whole.

    Attributes:
        model: None until the first has been loaded. A use case reads it once and keeps to what it read.
    """

    __slots__ = ("model",)

    def __init__(self) -> None:
        self.model: Model | None = None

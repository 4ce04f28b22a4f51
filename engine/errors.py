"""What can go wrong in the engine, each with the sentence that the one who asked will read; free of torch."""

from __future__ import annotations


class Told(Exception):
    """An error whose text is a sentence for the one who asked."""

    @property
    def sentence(self) -> str:
        """The text itself, with what it was made of where it is a `Sentence`."""
        text: str = self.args[0]
        return text


class EngineError(Told):
    """A picture cannot be drawn; its sentence names no paths."""


class ModelError(EngineError):
    """A model is unknown, refused or broken."""


class UnknownModel(ModelError):
    """No model has that name."""


class AdapterError(EngineError):
    """A LoRA or embedding is refused or broken."""


class UnknownAdapter(AdapterError):
    """No LoRA has that name."""


class NotFinite(EngineError):
    """The numbers left the range of real pictures: latents or pixels hold NaN or infinity."""


class OutOfMemory(EngineError):
    """The device's memory is too small, whatever was tried."""


class Unchecked(EngineError):
    """A safety check was asked for and cannot run, so nothing may be shown."""


class DeviceLost(BaseException):
    """The device answers no more in this process, as after an illegal access on CUDA; only a restart helps."""


class Cancelled(Exception):
    """The request was taken back; raised into it at its next step."""

"""The error tree: every error that a member or an owner can see carries its sentence."""

from __future__ import annotations

from engine.sentence import say


class AtelierError(Exception):
    """Something that can be told in one sentence."""

    @property
    def sentence(self) -> str:
        """The text itself, with what it was made of where it is a `Sentence`."""
        text: str = self.args[0]
        return text


class ConfigError(AtelierError):
    """A setting is wrong; the sentence names the file, the key and a legal value."""


class BadRequest(AtelierError):
    """A member asked for something that cannot be; the sentence names a legal value."""


class NotAllowed(AtelierError):
    """A member may not do this."""


class DrawnUnchecked(NotAllowed):
    """Nobody checked a job's pictures, and where they are to be shown somebody must; it can be drawn again."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            say("These pictures were drawn where nothing is checked, so they are not shown here.")
        )
        self.job_id = job_id


class StorageError(AtelierError):
    """The database or the picture folder cannot be used."""


class LostLease(StorageError):
    """A worker writes to a job that is no longer its own."""


class UnknownJob(StorageError):
    """There is no job of this id."""


class QueueFull(AtelierError):
    """No more jobs may wait, of this member or at all."""


class PictureGone(AtelierError):
    """A picture is no longer stored, or its file is damaged."""


class Expired(PictureGone):
    """The file of a job's picture is no longer stored; it can be drawn again."""

    def __init__(self, job_id: str) -> None:
        super().__init__(say("The file of this picture has expired. I can draw it again from its record."))
        self.job_id = job_id


class MessageGone(AtelierError):
    """The message, or its channel, does not exist any more; nothing is posted in its place."""


class PostRefused(AtelierError):
    """Discord will not take this edit, however often it is repeated."""


class PostForbidden(PostRefused):
    """I may not write there any more; Discord bans who tries too often."""


class PostUncertain(AtelierError):
    """The edit may or may not have arrived; it can be repeated."""

"""The error tree: every error that a member or an owner can see carries its sentence."""

from __future__ import annotations


class AtelierError(Exception):
    """Something that can be told in one sentence."""

    @property
    def sentence(self) -> str:
        return str(self)


class ConfigError(AtelierError):
    """A setting is wrong; the sentence names the file, the key and a legal value."""


class BadRequest(AtelierError):
    """A member asked for something that cannot be; the sentence names a legal value."""


class NotAllowed(AtelierError):
    """A member may not do this."""


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


class MessageGone(AtelierError):
    """The message, or its channel, does not exist any more; nothing is posted in its place."""


class PostRefused(AtelierError):
    """Discord will not take this edit, however often it is repeated."""


class PostUncertain(AtelierError):
    """The edit may or may not have arrived; it can be repeated."""

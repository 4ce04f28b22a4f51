"""All use cases together, as the user interface takes them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.inventory import Inventory
from bot.service.album import Album
from bot.service.members import Members
from bot.service.orders import Orders
from bot.service.retouching import Retouching
from bot.service.studio import Studio


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    studio: Studio
    retouching: Retouching
    album: Album
    members: Members
    orders: Orders
    inventory: Inventory

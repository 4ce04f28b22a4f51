"""All use cases together, as the user interface takes them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dispatch import Dispatcher
from bot.domain.inventory import Inventory
from bot.opening import Opening
from bot.provenance import Seal
from bot.service.administration import Administration
from bot.service.album import Album
from bot.service.finding import Finder
from bot.service.guild_acts import ActLog
from bot.service.herald import Herald
from bot.service.members import Members
from bot.service.moderation import Moderation
from bot.service.notices import Notices
from bot.service.orders import Orders
from bot.service.ownership import Ownership
from bot.service.policies import Policies
from bot.service.privacy import Privacy
from bot.service.provenance import Provenance
from bot.service.retouching import Retouching
from bot.service.roster import Roster
from bot.service.stewardship import Stewardship
from bot.service.studio import Studio
from bot.service.warden import Warden
from bot.settings import Settings
from bot.stores import Stores, utc_ms
from engine.executor import Executor


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    studio: Studio
    retouching: Retouching
    album: Album
    members: Members
    orders: Orders
    moderation: Moderation
    policies: Policies
    administration: Administration
    privacy: Privacy
    ownership: Ownership
    stewardship: Stewardship
    notices: Notices
    provenance: Provenance
    warden: Warden
    inventory: Inventory


def build_services(
    settings: Settings,
    stores: Stores,
    dispatcher: Dispatcher,
    warden: Warden,
    roster: Roster,
    herald: Herald,
    inventory: Inventory,
    engine: Executor,
    opening: Opening,
    seal: Seal | None,
) -> Services:
    """Every use case with the parts that it needs."""
    queue, pictures, members = stores.queue, stores.pictures, stores.members
    finder = Finder(queue, pictures, warden)
    orders = Orders(queue, members, dispatcher, warden)
    log = ActLog(stores.audit)
    return Services(
        studio=Studio(
            orders, queue, pictures, members, dispatcher, finder, warden,
            max_upload_mib=settings.limits.max_upload_mib,
        ),
        retouching=Retouching(orders, pictures, members, finder, warden),
        album=Album(stores.album, queue, pictures, stores.postings, finder, dispatcher, seal),
        members=Members(members, stores.album, inventory),
        orders=orders,
        moderation=Moderation(
            stores.reviews, stores.takedowns, log, members, queue,
            pictures, stores.album, dispatcher, seal,
        ),
        policies=Policies(
            stores.policies, log, dispatcher, warden, roster, inventory, checks=engine.has_checker,
        ),
        administration=Administration(
            stores.blocks, stores.debits, stores.audit, log, queue, dispatcher,
            warden, roster, stores.pseudonyms, engine=engine, now=utc_ms,
        ),
        ownership=Ownership(
            engine, opening, stores.studio, log, dispatcher, inventory,
            quiet_hours=settings.engine.quiet_hours, memory_gib=settings.engine.memory_gib, now=utc_ms,
        ),
        stewardship=Stewardship(
            stores.backups, stores.retention, stores.allowed_guilds, log, warden, dispatcher, herald,
        ),
        notices=Notices(members, stores.studio, log, warden, herald),
        privacy=Privacy(stores.privacy, queue, dispatcher, utc_ms),
        provenance=Provenance(stores.fingerprints, finder, seal.signing if seal else None),
        warden=warden,
        inventory=inventory,
    )  # fmt: skip

"""What is left to do before an incident is closed, and after: sealing and reviewing (R-DEC-54, R-HND-11)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.archive.reviews import PERFORMANCE, reviewable, unreviewed
from domain.archive.sealing import manifest_is_final, manifest_is_sealed
from domain.crew.crew import COMMANDER
from domain.notices.audience import recipients
from domain.report.current import is_complete
from projections.blocker import Blocker, blocker
from projections.look import Look


def unsealed(look: Look) -> Iterable[Blocker]:
    """Yield that the manifest of what gate 4 let through is not sealed."""
    if is_complete(look.incident) and not manifest_is_sealed(look.incident):
        yield blocker(
            look,
            "MANIFEST_UNSEALED",
            "The evidence manifest is not sealed: seal it, so that it can be reviewed.",
            "seal",
            what="manifest",
        )


def unapproved(look: Look) -> Iterable[Blocker]:
    """Yield in which roles nobody has approved the manifest; first that nobody holds one of them."""
    if reviewable(look.incident) is None:
        return
    for role in unreviewed(look.incident):
        if role == PERFORMANCE and _nobody_reviews(look):
            yield blocker(
                look,
                "ROLE_UNHELD",
                f"No one holds {role}: name who reviews instead, somebody else than the commander.",
                "cover-role",
                who=(COMMANDER,),
                role=role,
                by=_another(look),
            )
        yield blocker(
            look,
            "MANIFEST_UNREVIEWED",
            f"Not reviewed yet as {role}: read the report and the manifest, and approve or reject them.",
            "review",
            who=(COMMANDER,) if look.incident.intake.profile == "solo" else (role,),
            verdict="approved",
            role=role,
        )


def unfinished(look: Look) -> Iterable[Blocker]:
    """Yield what a closed incident still lacks: its final manifest, then its bundle."""
    manifest, bundle = look.incident.archive.manifest, look.incident.archive.bundle
    if not manifest_is_final(look.incident):
        yield blocker(
            look,
            "MANIFEST_UNSEALED",
            "The final manifest, with the reviews in it, is not sealed.",
            "seal",
            what="manifest",
        )
    elif bundle is None or (manifest is not None and bundle.version < manifest.version):
        yield blocker(look, "BUNDLE_UNSEALED", "The evidence bundle is not sealed.", "seal", what="bundle")


def _nobody_reviews(look: Look) -> bool:
    alone = look.incident.intake.profile == "solo"
    return not alone and not recipients(look.incident, look.roster, PERFORMANCE)


def _another(look: Look) -> str:
    """Return somebody who could review beside the commander: a responder, else anybody who is known."""
    commander = look.incident.crew.commander
    known = (*look.incident.crew.responders, *sorted(look.roster.known))
    return next((who for who in known if commander is None or who != commander.principal), "p-bob")

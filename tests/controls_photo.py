"""How the controls of the photo page are switched off, for the runs in which its hazard tests have to fail."""

from __future__ import annotations

import pytest

from ui.bedside.screens.photo import PhotoPage


def nobody_is_asked_for_the_zone(patch: pytest.MonkeyPatch) -> None:
    """A picture is taken though nobody said what it shows."""
    patch.setattr(PhotoPage, "knows_zone", True)


def the_zone_stays_for_the_next_resident(patch: pytest.MonkeyPatch) -> None:
    begin = PhotoPage._begin

    def only_once(page: PhotoPage) -> None:
        if not hasattr(page, "zone"):
            begin(page)

    patch.setattr(PhotoPage, "_begin", only_once)


def one_heel_is_as_good_as_the_other(patch: pytest.MonkeyPatch) -> None:
    """Earlier pictures of the other side are shown as those of this one."""
    patch.setattr(
        "ui.bedside.widgets.shot._same_part",
        lambda one, zone: one.zone is not None and zone is not None and one.zone.site is zone.site,
    )

"""Colours. One accent; red, yellow and cyan are reserved for alarms (IEC 60601-1-8) and green would reassure (H22)."""

from __future__ import annotations

from textual.theme import Theme

NIGHT = Theme(
    name="nuit",
    dark=True,
    primary="#8FA8FF",
    secondary="#8FA8FF",
    accent="#8FA8FF",
    warning="#C9D1DC",
    error="#C9D1DC",
    success="#C9D1DC",
    foreground="#E9EDF3",
    background="#0F141B",
    surface="#1A222D",
    panel="#252F3D",
    variables={
        "paper": "#F3F1EC",
        "ink": "#10151C",
        "faint": "#9DAABA",
        "digit": "#FFFFFF",
        "onaccent": "#0B1020",
        "rule": "#5A6878",
        "scrollbar": "#3A4757",
        "scrollbar-background": "#0F141B",
    },
)
DAY = Theme(
    name="jour",
    dark=False,
    primary="#3B4FC4",
    secondary="#3B4FC4",
    accent="#3B4FC4",
    warning="#3A4350",
    error="#3A4350",
    success="#3A4350",
    foreground="#161B22",
    background="#EEF0F3",
    surface="#FFFFFF",
    panel="#D9DEE6",
    variables={
        "paper": "#1B2333",
        "ink": "#FFFFFF",
        "faint": "#525E6C",
        "digit": "#0B0F14",
        "onaccent": "#FFFFFF",
        "rule": "#8793A1",
        "scrollbar": "#B5BEC9",
        "scrollbar-background": "#EEF0F3",
    },
)
THEMES = (NIGHT, DAY)

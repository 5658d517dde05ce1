"""Where on the body: the few sites that a nurse photographs, each with its code.

The codes are SNOMED CT, taken from PS3.16 CID 4029 (dermatology), CID 4031 (common anatomic regions) and CID 4040
(endoscopy); ``english`` is the meaning that stands there.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType


class Side(enum.StrEnum):
    """Of the resident, not of the picture. The values are those of DICOM (PS3.3 C.7.3.1)."""

    RIGHT = "R"
    LEFT = "L"


class BodySite(enum.StrEnum):
    SCALP = "scalp"
    FACE = "face"
    FOREHEAD = "forehead"
    EYE_REGION = "eye_region"
    CHEEK = "cheek"
    NOSE = "nose"
    LIP = "lip"
    MOUTH = "mouth"
    EAR = "ear"
    EAR_CANAL = "ear_canal"
    NECK = "neck"
    SHOULDER = "shoulder"
    AXILLA = "axilla"
    UPPER_ARM = "upper_arm"
    ELBOW = "elbow"
    FOREARM = "forearm"
    HAND = "hand"
    FINGER = "finger"
    CHEST = "chest"
    BREAST = "breast"
    ABDOMEN = "abdomen"
    BACK = "back"
    SACRUM = "sacrum"
    BUTTOCK = "buttock"
    HIP = "hip"
    GROIN = "groin"
    GENITALIA = "genitalia"
    PERINEUM = "perineum"
    ANUS = "anus"
    THIGH = "thigh"
    KNEE = "knee"
    LOWER_LEG = "lower_leg"
    OUTER_ANKLE = "outer_ankle"
    INNER_ANKLE = "inner_ankle"
    HEEL = "heel"
    FOOT = "foot"
    TOE = "toe"


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """``paired``: a left and a right one exist. ``intimate``: every picture of it is."""

    code: str
    english: str
    french: str
    paired: bool = False
    intimate: bool = False


SITES: Mapping[BodySite, Site] = MappingProxyType(
    {
        BodySite.SCALP: Site("43067004", "Skin of scalp", "Cuir chevelu"),
        BodySite.FACE: Site("73897004", "Skin of face", "Visage"),
        BodySite.FOREHEAD: Site("68698007", "Skin of forehead", "Front"),
        BodySite.EYE_REGION: Site("362916000", "Skin of eye region", "Région de l'œil", paired=True),
        BodySite.CHEEK: Site("36141000", "Skin of cheek", "Joue", paired=True),
        BodySite.NOSE: Site("113179006", "Skin of nose", "Nez"),
        BodySite.LIP: Site("88089004", "Skin of lip", "Lèvre"),
        BodySite.MOUTH: Site("113277000", "Oral mucosa", "Bouche"),
        BodySite.EAR: Site("1902009", "Skin of ear", "Oreille", paired=True),
        BodySite.EAR_CANAL: Site("84301002", "External auditory canal", "Conduit auditif", paired=True),
        BodySite.NECK: Site("43081002", "Skin of neck", "Cou"),
        BodySite.SHOULDER: Site("16982005", "Shoulder", "Épaule", paired=True),
        BodySite.AXILLA: Site("76261009", "Skin of axilla", "Aisselle", paired=True),
        BodySite.UPPER_ARM: Site("40983000", "Upper arm", "Bras", paired=True),
        BodySite.ELBOW: Site("181536004", "Skin of posterior surface of elbow", "Coude", paired=True),
        BodySite.FOREARM: Site("14975008", "Forearm", "Avant-bras", paired=True),
        BodySite.HAND: Site("33712006", "Skin of hand", "Main", paired=True),
        BodySite.FINGER: Site("244169007", "Skin of digit of hand", "Doigt", paired=True),
        BodySite.CHEST: Site("244106003", "Skin of anterior surface of thorax", "Thorax"),
        BodySite.BREAST: Site("76752008", "Breast", "Sein", paired=True, intimate=True),
        BodySite.ABDOMEN: Site("75093004", "Skin of abdomen", "Abdomen"),
        BodySite.BACK: Site("66643007", "Skin of back", "Dos"),
        BodySite.SACRUM: Site("54735007", "Sacrum", "Sacrum"),
        BodySite.BUTTOCK: Site("22180002", "Skin of buttock", "Fesse", paired=True, intimate=True),
        BodySite.HIP: Site("29836001", "Hip", "Hanche (trochanter)", paired=True),
        BodySite.GROIN: Site("39687006", "Skin of inguinal region", "Pli de l'aine", paired=True, intimate=True),
        BodySite.GENITALIA: Site("60944009", "Skin of external genitalia", "Organes génitaux", intimate=True),
        BodySite.PERINEUM: Site("48014002", "Skin of perineum", "Périnée", intimate=True),
        BodySite.ANUS: Site("59112000", "Skin of anus", "Anus", intimate=True),
        BodySite.THIGH: Site("68367000", "Thigh", "Cuisse", paired=True),
        BodySite.KNEE: Site("72696002", "Knee", "Genou", paired=True),
        BodySite.LOWER_LEG: Site("30021000", "Lower leg", "Jambe", paired=True),
        BodySite.OUTER_ANKLE: Site("181564009", "Skin of lateral aspect of ankle", "Malléole externe", paired=True),
        BodySite.INNER_ANKLE: Site("181563003", "Skin of medial aspect of ankle", "Malléole interne", paired=True),
        BodySite.HEEL: Site("84607009", "Skin of heel", "Talon", paired=True),
        BodySite.FOOT: Site("60496002", "Skin of foot", "Pied", paired=True),
        BodySite.TOE: Site("52034004", "Skin of toe", "Orteil", paired=True),
    }
)

"""Alphabets that generators of fancy text put in the place of a to z, as far as no library knows their letters."""

from __future__ import annotations

from collections import defaultdict

_A_TO_Z = "abcdefghijklmnopqrstuvwxyz"
_FANCY = (
    "ค๒ς๔єŦﻮђเןкɭ๓ภ๏קợгรՇยשฬאץչ",
    "คც८ძ૯Բ૭ҺɿʆқՆɱՈ૦ƿҩՐς੮υ౮ω૪עઽ",
    "ꪖ᥇ᥴᦔꫀᠻᧁꫝﺃꪻᛕꪶꪑꪀꪮρꪇꪹᦓꪻꪊꪜꪝꪎꪗɀ",
    "ąცƈɖɛʄɠɧıʝƙɭɱŋơ℘զཞʂɬų۷ῳҳყʑ",
    "მხ၎ძჳƒgҺიjკlmინρqრꜱནსvωxყʑ",
    "ልጌርዕቿቻኗዘጎጋጕረጠክዐየዒዪነፕሁሀሠሸሃጊ",
    "ᏗᏰፈᎴᏋᎦᎶᏂᎥᏠᏦᏝᎷᏁᎧᎮᎤᏒᏕᏖᏬᏉᏇጀᎩፚ",
    "ꋫꃃꏸꁕꍟꄘꁍꑛꂑꀭꀗ꒒ꁒꁹꆂꉣꁸ꒓ꌚ꓅ꐇꏝꅐꇓꐟꁴ",
    "ⱯБↃДЄҒԌНІЈҠꝈМИФҎҨЯƧГЦѴЩЖЧƵ",
    "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ",
    "ɒdɔbɘʇǫʜiꞁʞlmnoqpɿƨƚuvwxyz",
)
_TURNED = ("ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", "∀ᗺƆᗡƎℲ⅁HIſʞ˥WNOԀΌᴚS⊥∩ΛMX⅄Z")


def _letters(alphabets: tuple[str, ...]) -> dict[str, str]:
    """The letters that each character takes the place of."""
    letters: defaultdict[str, str] = defaultdict(str)
    for alphabet in alphabets:
        for char, letter in zip(alphabet, _A_TO_Z, strict=True):
            if letter not in letters[char]:
                letters[char] += letter
    return dict(letters)


FANCY = _letters(_FANCY)
UPSIDE_DOWN = _letters(_TURNED)

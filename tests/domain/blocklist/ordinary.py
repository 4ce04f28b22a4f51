"""Ordinary prompts for pictures in which none of the listed words is said, though many words seem to hold one."""

from __future__ import annotations

from random import Random

from babel import Locale

_SHORT = "ass anal anus arse butt bum cock crap cum cunt dick hell lust penis pee piss rape sex shit tit"
SHORT_WORDS = _SHORT.split()


def _listed(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


_SUBJECTS = _listed("""
a grass field|a class of children|a glass bass|a brass band|a passenger ship|a compass on a map
an assassin's cloak|an embassy garden|a cassette recorder|an assembly of owls|a molasses jar|a massive oak
a classic car|sassafras leaves|a canal boat|an analog photo camera|an analyst at her desk
an analemma in the sky|banal office life|bananas sliced|the moon of Uranus|an old manuscript
a statue of Janus|a sparse forest|a coarse rope|an arsenal of brushes|a hoarse singer|a buttered toast
a butterfly|a button box|a flying buttress|buttercups|a rebuttal in a courtroom|a photo album|a bumblebee
a car bumper|a peacock|a cockpit at dawn|a cocktail with a cherry|a cockatoo|a shuttlecock|a weathercock
a cockerel|a scrapbook|a skyscraper|a scrap robot|a legal document|a cucumber salad|cumulus clouds
the circumference of a circle|accumulated snow|cumin seeds|the streets of Scunthorpe|a Dickensian alley
a dickcissel|a seashell|hello kitty style stickers|a Hellenic temple|a bowl of shells|Michelle's bakery
hellebore flowers|a children's book illustration|a cluster of stars|a lustrous pearl
a vase with lustre glaze|a blustery coast|a pen island|a peninsula in fog|a speedboat|a peeling wall
a peephole|a keeper of sheep|a pissaladiere on a plate|a shitake soup|a grape harvest|heavy drapery
a trapeze artist|a parapet walk|a grapefruit|a scraped knee|a therapist's office|an Essex cottage
Sussex downs|Middlesex county hall|a brass sextant|a string sextet|shiitake mushrooms|a title page
a titanium watch|a bronze titan|a chess competition|a partition wall|a stitched quilt
an institute of physics|a constitution on parchment|a petite bakery|a titmouse on a branch
a raccoon in a bin|a shogun in armour|a copse of birches|the corps de ballet|a flower's pistil
an engine's piston|a bandage roll|a flooded meadow|a brood hen|children full of laughter|a river gorge
a comet|a badger|a digger at work|a stranger with a lantern|a bottle of grenadine|a promenade at noon
an explorer's hut|a hostess with a tray|a whisker of a cat|a magnet on a fridge|a vampish diva
a heroine on a horse|a sausage stand|a burning candle|a slow burn stove|a wool blanket|a leopard
boxes of apples|a red fox|an astronaut|a lighthouse|a samurai crab|two old friends|a witch's kitchen
a wooden ship|a dragon|a tea house|a portrait of a baker|a street musician|a violin maker|a market square
a city of towers|a robot gardener|a sleepy cat|a snow leopard cub|a paper crane|a desert caravan
a mountain hut|a greenhouse|a steam train|a clockmaker|a jellyfish|a fairy ring of toadstools|a koi pond
an owl in spectacles|a knight who knows he'll win|a girl who says she'll fly|a pirate captain
an ancient library|a wedding cake|a space station|a ballet dancer|a farm at harvest|a sleeping giant
""")

_DOINGS = _listed("""
standing in the rain|as soft as silk|as seen from above|let it turn to gold|looking at the viewer
in a car seat|with human allies|under the polar sea|beside a club utterly empty|on a campus exhibit
in a fresh Italian kitchen|with a magic umbrella|in colourless expanses|but tall as a tree|as still as stone
as simple as a child's drawing|reading a letter|drinking tea|carved from a single stone|made of paper
covered in moss|floating in zero gravity|seen through a window|holding a lantern|in the middle of a crowd
asleep on a cushion|dressed in linen|on a throne|as if painted by a child|her ape companion at her side
push it up the hill|can always be seen|with its own shadow|half submerged|surrounded by birds|walking away
with a long scarf|between two mirrors|with soft hello lights|a glass exhibition behind it|with wings spread
in grass as high as a house|at your apex of fame|with freckles
""")

_PLACES = _listed("""
in Essex|in Sussex|in Scunthorpe|in Cumbria|in Titisee|in Massachusetts|in Kassel|in Bassano|at Loch Ness
in Lisbon|on the Matterhorn|in Arkansas|in Penistone|in Clitheroe|in Lake Titicaca|in Cockermouth|in Dorset
in a Paris passage|in the Hebrides|in Helsinki|in Hellas|in Michigan|in Assisi|in Pittsburgh
on an alien planet|in a cathedral|in a cellar|in a medieval town|in outer space|under water
in a bamboo forest|in a swimming pool|in a canal|on a terrace|in old Kyoto|on a glass bridge
in a subway station|in the Alps|on the steppe|in a hall of mirrors|in an art class|in Buttermere
""")

_STYLES = _listed("""
oil on canvas|watercolour|gouache|impasto|ink wash|charcoal sketch|pastel|linocut|woodblock print
stained glass|isometric 3d render|low poly|pixel art|claymation|vaporwave|art nouveau|art deco
bauhaus poster|baroque|rococo|impressionism|cubism|surrealism|ukiyo-e|pointillism|brutalism|cyberpunk
solarpunk|steampunk|dieselpunk|film noir|analog photo|polaroid|daguerreotype|cyanotype|analogue film still
tilt-shift|children's book illustration|concept art|matte painting|vector illustration|blueprint|embroidery
mosaic|fresco|scratchboard|classical painting|title card
""")

_LIGHTS = _listed("""
soft light|golden hour|blue hour|rim light|volumetric light|neon glow|candlelight|overcast|moonlight
studio light|harsh noon sun|god rays|bioluminescence|backlit|low key|high key|dappled light|lens flare
foggy morning|aurora|lustrous highlights|glass caustics|a burst of sparks|burnt sky|burn of the evening
""")

_LENSES = _listed("""
85mm f/1.4|35mm|24mm wide angle|macro lens|fisheye|bokeh|ISO 400|1/250 s|50mm f1.8|long exposure|drone shot
close-up|depth of field|455 mm telephoto|anamorphic|medium format|tilt shift lens|4k|8k uhd|16k|hdr|1080p
120 fps|Kodak 5219
""")

_EXTRAS = _listed("""
highly detailed|masterpiece|best quality|intricate|sharp focus|trending on a gallery site|award winning
cinematic|no people|symmetrical|minimalist|muted colours|pastel palette|#c0ffee background|rgb(255, 0, 0)
room 455|year 1987|chapter 7:17|A, B, C blocks on a shelf|the letters S O S in the sand|U S S Enterprise
a N A S A badge|D N A helix|100% wool|$5 price tag|3 cats & 2 dogs|50/50 split|rock 'n' roll|it's late
they'll dance|we'll see|he'll be back|A-frame house|x-ray of a shell|T-shirt|I, too, was here|B & B sign
1st prize|20-sided die|h2o droplets|mp3 player|😀|🔥🔥🔥|✨ sparkles ✨|👩‍🚀 on the moon|🏳️‍🌈 flag|❤️|🇪🇸 🇸🇪 flags
☕️ & 🥐|Ⓟ parking sign|№ 5|½ moon|™ logo|© 1999|naïve art|a café|a façade|jalapeño|crème brûlée|smörgåsbord
Ærø island|Kraków|Zürich|Malmö|piñata|São Paulo|Ōsaka
""")

_ABROAD: tuple[tuple[str, str, str], ...] = (
    (
        "ein Glas Wasser|die Klasse im Museum|eine nasse Straße|ein Fass auf der Terrasse|eine dicke Katze"
        "|ein Titelbild|eine Tasse Tee|ein lustiges Segelboot|Butterblumen|eine Kassette|ein Spaziergang|ein Bummelzug",
        "im Nebel|bei Kassel|am Wasser|unter der Brücke|in der Altstadt|auf dem Bauernhof|über den Bergen",
        "Ölgemälde|Aquarell|sehr scharf|warmes Abendlicht|Analogfoto|als Kinderbuch|in Schwarz-Weiß",
    ),
    (
        "une terrasse au soleil|un petit chat|une tasse de café|un bassin|la chasse au trésor|une assiette bleue"
        "|un canal à l'aube|des documents anciens|une grappe de raisins|un coquillage|une classe de danse|un pissenlit",
        "à Paris|dans la forêt|sous la pluie|au bord de la mer|dans un passage couvert|en Bourgogne",
        "peinture à l'huile|très détaillé|lumière douce|style affiche|photo analogique|aquarelle",
    ),
    (
        "una casa de cristal|la cumbre nevada|un documento antiguo|un titiritero|una clase de pintura|la península"
        "|un gato pequeño|lana merino|un pastel de cumpleaños|una calabaza|un niño con cometa",
        "en la playa|bajo la lluvia|en Sevilla|sobre las nubes|en el mercado|junto al río",
        "óleo sobre lienzo|muy detallado|luz suave|foto analógica|acuarela|estilo cómic",
    ),
    (
        "赤い家|富士山と桜|千羽鶴|山の中の神社|猫とラーメン|東京の夜景|竹林の小道|工場と煙突|金魚すくい|乃木坂の雨|匠の工房",
        "夕焼けの下で|雪の中|海辺に|森の奥|雨上がりの街角で|月明かりの下",
        "水彩画|浮世絵風|高精細|アニメ調|油絵|柔らかい光",
    ),
    (
        "красный дом|кот на окне|стакан сока|сосновый лес|рак на тарелке|старая мельница|сом в реке|оса на цветке"
        "|хор детей|вид на мост|роса на траве|сахарная вата|высокая гора",
        "в тумане|у моря|под дождём|на рассвете|в старом городе|среди берёз",
        "акварель|масло на холсте|очень детально|мягкий свет|киноплёнка|сказочный стиль",
    ),
    (
        "بيت أحمر|قطة على النافذة|سوق قديم|نخلة في الصحراء|قارب خشبي|فنجان قهوة|حديقة الورد|جبل مغطى بالثلج",
        "عند الغروب|تحت المطر|قرب البحر|في المدينة القديمة|بين الغيوم",
        "لوحة زيتية|ألوان مائية|تفاصيل دقيقة|إضاءة ناعمة|أسلوب سينمائي",
    ),
    (
        "ένα κόκκινο σπίτι|μια γάτα στο παράθυρο|ναός στη θάλασσα|ελιές και κρασί|παλιό λιμάνι|ένα ψαροκάικο",
        "στη βροχή|το ηλιοβασίλεμα|στα βουνά|κάτω από το φεγγάρι",
        "ακουαρέλα|ελαιογραφία|απαλό φως|πολύ λεπτομερές",
    ),
    (
        "빨간 집|창가의 고양이|한옥 마을|벚꽃 나무|오래된 시장|बड़ा घर|लाल साड़ी"
        "|บ้านไม้ริมน้ำ|แมวบนหลังคา|בית אדום|רחוב בירושלים",
        "비 오는 날|바닷가에서|शाम को|ตอนเช้า|בגשם",
        "수채화|जलरंग|สีน้ำ|ציור שמן|부드러운 빛",
    ),
)  # fmt: skip

_LOCALES = "en de fr es it pt nl sv pl cs fi hu tr ro vi id ru uk el ar he fa hi th ja ko zh"


def ordinary_prompts(amount: int, seed: int) -> list[str]:
    """So many prompts, the same ones for the same seed."""
    random = Random(seed)
    shapes = (_plain, _plain, _tags, _tags, _sentence, _weighted, _flagged, _abroad, _world)
    return [random.choice(shapes)(random) for _ in range(amount)]


def _plain(random: Random) -> str:
    parts = [
        f"{random.choice(_SUBJECTS)} {random.choice(_DOINGS)} {random.choice(_PLACES)}",
        *_some(random, _STYLES, _LIGHTS, _LENSES, _EXTRAS),
    ]
    return ", ".join(parts)


def _tags(random: Random) -> str:
    """As many write: tag after tag."""
    tags = [random.choice(_SUBJECTS), *_some(random, _STYLES, _LIGHTS, _LENSES, _EXTRAS, _EXTRAS, _DOINGS)]
    random.shuffle(tags)
    return random.choice((", ", " , ", ",", " | ", "; ", " · ", "\n")).join(tags)


def _sentence(random: Random) -> str:
    one, other, place = random.choice(_SUBJECTS), random.choice(_SUBJECTS), random.choice(_PLACES)
    return random.choice(
        (
            f"Please draw {one} and {other} {place}. It should look like {random.choice(_STYLES)}!",
            f"I'd like {one}, but as {random.choice(_STYLES)}, please (no {other}).",
            f"{one} vs. {other}: {random.choice(_EXTRAS)}",
            f'a poster {place} with the words "{one.upper()}" in large letters',
            f"{one.title()} {random.choice(_DOINGS)}... {random.choice(_LIGHTS)}?",
            f"{one}_{other}_{random.randrange(10_000)}.png, {random.choice(_STYLES)}".replace(" ", "_"),
        )
    )


def _weighted(random: Random) -> str:
    one, other = random.choice(_SUBJECTS), random.choice(_DOINGS)
    weight = f"{random.uniform(0.5, 1.9):.2f}"
    pattern = random.choice(
        ("({}:{})", "{}::{}", "(({})) {}", "[{}] {}", "{{{}}} {}", "[{}:{}]", "<lora:{}:{}>", "{}++ {}")
    )
    return f"{pattern.format(one, weight)} {other}, ({random.choice(_STYLES)}:1.2), {random.choice(_EXTRAS)}"


def _flagged(random: Random) -> str:
    flags = (
        f"--seed {random.choice((455, 0, 7, 1455, random.randrange(2**32)))}",
        f"--ar {random.choice(('16:9', '3:2', '512x768', '1:1'))}",
        f"--no {random.choice(_SUBJECTS)}",
        f"--steps {random.randrange(10, 51)} --cfg {random.uniform(1, 12):.1f}",
        f"—s {random.randrange(1000)} --chaos {random.randrange(101)} --stop {random.randrange(50, 101)}",
    )
    return f"{_plain(random)} {' '.join(random.sample(flags, random.randint(1, 4)))}"


def _abroad(random: Random) -> str:
    what, where, how = random.choice(_ABROAD)
    parts = [
        f"{random.choice(what.split('|'))} {random.choice(where.split('|'))}",
        random.choice(how.split("|")),
    ]
    return ", ".join(parts + _some(random, _LENSES, _EXTRAS))


def _world(random: Random) -> str:
    """Countries and currencies as their own and other languages call them."""
    locale = Locale(random.choice(_LOCALES.split()))
    country = random.choice(sorted(locale.territories.values()))
    money = random.choice(sorted(locale.currencies.values()))
    return f"{country}, {random.choice(_STYLES)}, {money}, {random.choice(_LIGHTS)}"


def _some(random: Random, *vocabularies: list[str]) -> list[str]:
    return [random.choice(words) for words in vocabularies if random.random() < 0.6]

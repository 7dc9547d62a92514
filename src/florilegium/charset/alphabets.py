"""The letters outside ASCII that languages write with, most frequent first.

They are what tells encodings apart: under a wrong encoding a text's letters fit no single alphabet. Languages that had
an encoding of their own before Unicode. Order after general letter-frequency knowledge; only its rough shape is used.
"""

import unicodedata

LATIN: dict[str, str] = {
    "English": "éèáöüíóñçäëàåøâêôïîûúßãõæ",
    "German": "äüöß",
    "French": "éèàêçôûùîâëïœ",
    "Spanish": "óíáéñúü",
    "Portuguese": "ãçáéíóêõâúàô",
    "Italian": "èàòùéì",
    "Catalan": "àéèòçíóúïü",
    "Dutch": "ëéïèöüó",
    "Afrikaans": "ëêéèôïûö",
    "Breton": "ñùêâôü",
    "Luxembourgish": "ëéäöüèê",
    "Swedish": "äåöé",
    "Danish": "øåæé",
    "Faroese": "íáðøóúýæ",
    "Icelandic": "ðíáþúæöýéó",
    "Estonian": "äõüöšž",
    "Finnish": "äöåšž",
    "Hungarian": "áéőöóíüúű",
    "Polish": "łąężóśćńź",
    "Czech": "íáěéřčžšýůúťďňó",
    "Slovak": "áíčéýžšúľťóňôďŕĺä",
    "Slovene": "čšž",
    "Croatian": "čšžćđ",
    "Romanian": "ăîâşţ",
    "Romanian, comma below": "ăîâșț",
    "Turkish": "ışğüçöâîİ",
    "Azerbaijani": "ıüöğşçİ",
    "Lithuanian": "ėųįšžąčūę",
    "Latvian": "āīēūšņžļķčģō",
    "Maltese": "ħżġċàùèòì",
    "Esperanto": "ĝĉŝĵŭĥ",
    "Welsh": "ŵŷâêôîûïöäë",
    "Irish": "áéíóú",
    "Irish, dotted": "áéíóúḃċḋḟġṁṗṡṫ",
    "Scottish Gaelic": "àèìòùáéó",
    "Albanian": "ëç",
    "Sami": "áčđŋšŧž",
    "Greenlandic": "åøæâêîôûáíúĸ",
    "Maori": "āēīōū",
    "Vietnamese": "".join(
        unicodedata.normalize("NFC", vowel + tone)
        for vowel in "aăâeêioôơuưy"
        for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
        if vowel + tone not in "aeiouy"
    )
    + "đ\u0301\u0300\u0323\u0309\u0303",
}

OTHER: dict[str, str] = {
    "Russian": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "Ukrainian": "оаинвіертсклдупмяьзбгйчхжцшюїєщґф",
    "Belarusian": "аніеорстклвпдумяыбзгчцьшжйхўюэёфі",
    "Bulgarian": "аоиентрсвлкдпмзгъуябчйжшщхцюфь",
    "Serbian": "аоиенртсвјкдулмпзгбчшцжњљхћђфџ",
    "Macedonian": "аоиетнрсвдклпмузјгбчшцжќњхѓљѕфџ",
    "Greek": "αοιετσνηρπκυλμςάίγήδόύέώχθφβξζψωϊϋΐΰ",
    "Hebrew": "יוהלארתבשמנםדכחעפקזגטסצןךץףפ" + "".join(map(chr, range(0x05B0, 0x05C3))),
    "Arabic": "الينمرتوبهسدعكفقحجطأةشىصخذزإضثغظءئآؤًّ،؟؛ٌٍَُِْـ",
    "Persian": "اينردهمتوشبسلکزگفقخپعجآحچذصطضغژظثئء\u200c،ك",
    "Thai": "านรอกงเยลมวตทสดปหคบพ่ีิ้ัไะ์จแชขุใำึโผซูธื็ณศถฟญภษฐฉฮๆฎฏฆฬฝ",
}

KANA = "".join(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), 0x30FC]))

FREQUENT_HAN = (
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
    "與這個來國說們為時會過對裡後麼沒於發當無開現經頭動兩長樣將員業關區產電話務門問題點車東進選學聯體網價"
)

FREQUENT_HANGUL = (
    "이다는에의을가고하지로기한은도사리를인어그대나서아정있자시부수보일제조주상해장전들과것스여라유구만공원"
)

PUNCTUATION_OFTEN = "\u00a0£’“”–—…«»„·•©®°€，。、：「」（）！？；《》·『』【】〜～"
PUNCTUATION_RARE = "‘§¡¿´×™‚‹›²³½¼¾ªº±†‡¶¹¬¦÷µ№¨¸¥¢‰■●○◆◇★☆→←↑↓□△▽▲▼※∵∴￢〈〉〔〕ー々" + "".join(
    character for code in range(0xFF01, 0xFF5F) if (character := chr(code)) not in PUNCTUATION_OFTEN
)
"""With the full-width forms of ASCII in Chinese and Japanese texts."""

JOINERS = "\u00a0’–—…·"
"""Punctuation that stands between two letters without a blank."""

QUOTES = "«»“”„‘‹›"
"""Punctuation that may touch a letter on either side."""

PREFIXES = "¿¡€£#№"
"""Signs that a letter may follow but does not precede."""

RARE = frozenset(
    (
        *("Afrikaans", "Breton", "Luxembourgish", "Faroese", "Icelandic", "Maltese", "Esperanto", "Welsh", "Irish"),
        *("Irish, dotted", "Scottish Gaelic", "Albanian", "Sami", "Greenlandic", "Maori", "Azerbaijani", "Belarusian"),
        "Macedonian",
    )
)
"""Languages that fewer pages are in: one of them is believed only with more evidence."""

"""Writes clip_tokens.json: texts with the ids that transformers' CLIPTokenizer gives them in CLIP's own vocabulary, without ftfy.

    python tests/golden/generate_tokens.py
"""

import json
from pathlib import Path

from checkpoints import clip_tokenizer

TEXTS = [
    "", " ", "a photo of a red hand", "A Photo Of A RED Hand", "  many   spaces\tand\na newline\r\n", "non\u00a0breaking\u2003em\u3000ideographic",
    "it's the dog's; they're, I've, we'll, I'd, I'm, can't", "IT'S THE DOG'S", "'s 't 're 've 'm 'll 'd", "rock'n'roll 'sup ''s", "it\u2019s curly",
    "1", "1234567890", "3.14159 and 2,000,000", "4k 8k, 1girl, 2boys", "\u00bd \u00b2 \u2460 \u2167 \u0663 \u096a", "f/1.8, ISO 100, 85mm, 1/200s",
    "(masterpiece:1.3), [bad], {curly} <angle>", "<lora:thing:0.8>", "!!! ?!?! ... ---- ____", "a_b-c/d\\e|f~g`h^i", "$100 & 50% of #1 @home *x* +y =z", "hello,world;foo:bar",
    "\u00e9t\u00e9 na\u00efve \u00fcber \u00d8re \u0142\u00f3d\u017a", "e\u0301te\u0301 decomposed", "\u00c9T\u00c9 \u0130stanbul \u00df STRASSE \u1e9e", "\u039f\u0394\u039f\u03a3 \u03c3\u03bf\u03c6\u03cc\u03c2 \u03a3", "\u0416\u0438\u0432\u043e\u043f\u0438\u0441\u044c \u0441\u0442\u0430\u0440\u0438\u043a\u0430",
    "\u4e2d\u6587\u63d0\u793a\u8bcd", "red\u4e2dhand", "\u65e5\u672c\u8a9e\u306e\u30d7\u30ed\u30f3\u30d7\u30c8\u3001\u624b", "\ud55c\uad6d\uc5b4 \uc190", "\U00020000\U0002a6d6 \uf900", "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea",
    "\U0001f642", "a \U0001f44b\U0001f3fd hand \u270b\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467 family", "\U0001f970\U0001fae0\U0001f9be\U0001faf1", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 \u2764\ufe0f\u200d\U0001f525",
    "nul\x00bell\x07esc\x1b[0m del\x7f c1\x85\x9f", "zero\u200bwidth\u200c\u200d\ufeff soft\u00adhyphen \u202eoverride", "replacement \ufffd and \ufffd\ufffdmore", "private \ue000 \U000f0000", "line\u2028separator\u2029paragraph\x0bvertical\x0cfeed",
    "&amp; &lt;b&gt; &eacute; &#233; &nbsp;", "&amp;amp; double", "<b>bold</b> http://example.org/a?b=c&d=e#f", "user@example.org",
    "<|startoftext|>", "hand <|endoftext|> more", "a<|endoftext|>b", "!!<|endoftext|>\u0338!", "<|ENDOFTEXT|> <|StartOfText|>", "<start_of_text> <end_of_text> a<end_of_text>!", "<|endoftext", "</w> a</w>b",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis", "a" * 300, "ab" * 60 + "!" * 80, "x" * 77 + " " + "9" * 90, "lorem " * 90,
    "\u201cquoted\u201d \u2018single\u2019 \u2013 \u2014 \u2026 \u2022", "\u2122 \u00ae \u00a9 \u20ac \u00a3 \u00a5 \u00b0C \u00b5m", "\ufb01ne \u1d2c \u24b6 \uff21\uff22\uff23 \uff11\uff12", "x\u0301\u0302\u0303 z\u0351\u0352algo", "\u1100\u1161 \uac00", "na\u00efve caf\u00e9's \u00e9l\u00e8ve'll",
    "Artstation Greg Rutkowski trending 8k uhd dslr", "score_9, score_8_up, score_7_up, source_anime", "1girl,solo,looking_at_viewer,blush,:d,;),^_^,>_<,o_o",
]

tokenizer = clip_tokenizer()
rows = [{"text": text, "ids": tokenizer(text, add_special_tokens=False).input_ids} for text in TEXTS]
lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
Path(__file__).with_name("clip_tokens.json").write_text(f"[\n{lines}\n]\n")

"""A byte-level BPE tokenizer in CLIP's format, learned from the captions.

Text is lower-cased and cut into words, digits and runs of signs; each piece is written in 256
printable byte symbols, the last with the suffix `</w>`, and merged pair by pair.
"""

import json
import os
import re
from collections import Counter

START, END = "<|startoftext|>", "<|endoftext|>"
SUFFIX = "</w>"
CONTEXT = 77  # tokens, start and end included; the rest is filled with END
PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+", re.IGNORECASE)


def byte_symbols():
    """Byte -> printable character: itself where it prints, else one from U+0100 up."""
    prints = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in prints}
    rest = [b for b in range(256) if b not in table]
    return table | {b: chr(256 + i) for i, b in enumerate(rest)}


SYMBOLS = byte_symbols()


def symbols_of(piece):
    out = [SYMBOLS[b] for b in piece.encode()]
    out[-1] += SUFFIX
    return out


def merged(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out


def learn(captions):
    """The merges that turn every piece of the captions into one token, most frequent pair first."""
    counts = Counter(piece for text in captions for piece in PIECES.findall(text.lower()))
    words, merges = {piece: symbols_of(piece) for piece in counts}, []
    while True:
        pairs = Counter()
        for piece, parts in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[piece]
        if not pairs:
            return merges
        best = max(sorted(pairs), key=pairs.get)
        merges.append(best)
        words = {piece: merged(parts, best) for piece, parts in words.items()}


class Tokenizer:
    def __init__(self, merges):
        first = [SYMBOLS[b] for b in sorted(SYMBOLS, key=lambda b: SYMBOLS[b])]
        tokens = [*first, *(s + SUFFIX for s in first), *("".join(pair) for pair in merges), START, END]
        self.vocab = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.cache = {}

    def piece_ids(self, piece):
        if piece not in self.cache:
            parts = symbols_of(piece)
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
                if best not in self.ranks:
                    break
                parts = merged(parts, best)
            self.cache[piece] = [self.vocab[part] for part in parts]
        return self.cache[piece]

    def encode(self, text):
        """Exactly CONTEXT ids."""
        ids = [i for piece in PIECES.findall(text.lower()) for i in self.piece_ids(piece)][: CONTEXT - 2]
        return [self.vocab[START], *ids] + [self.vocab[END]] * (CONTEXT - 1 - len(ids))

    def save(self, folder):
        os.makedirs(folder, exist_ok=True)
        merges = [" ".join(pair) for pair in self.ranks]

        def write(name, value):
            with open(f"{folder}/{name}", "w") as file:
                json.dump(value, file, ensure_ascii=False, indent=None if name == "vocab.json" else 2)

        write("vocab.json", self.vocab)
        with open(f"{folder}/merges.txt", "w") as file:
            file.write("\n".join(["#version: 0.2", *merges, ""]))
        write("tokenizer_config.json", {
            "tokenizer_class": "CLIPTokenizer", "model_max_length": CONTEXT, "do_lower_case": True, "add_prefix_space": False, "errors": "replace",
            "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END})
        write("special_tokens_map.json", {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END})
        special = [{"id": self.vocab[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
                   for t in (START, END)]
        write("tokenizer.json", {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
            "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]},
            "post_processor": {"type": "RobertaProcessing", "sep": [END, self.vocab[END]], "cls": [START, self.vocab[START]],
                               "trim_offsets": False, "add_prefix_space": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "", "end_of_word_suffix": SUFFIX,
                      "fuse_unk": False, "byte_fallback": False, "vocab": self.vocab, "merges": merges}})

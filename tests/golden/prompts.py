"""A1111's prompt rules (prompt_parser.py, sd_hijack_clip.py, sd_emphasis.py of stable-diffusion-webui), with prompt editing and `AND`, for flat prompts.

Nesting and escapes are left out: no case uses them.
"""

import re

import torch

CHUNK = 75  # tokens of text in a window of 77
BACKTRACK = 20  # a comma at most this far behind the end of a chunk ends it


def weighted_spans(prompt: str) -> list[tuple[str, float]]:
    """`a (red:1.3) [cat]` to texts with weights; `(x)` is 1.1, `[x]` is 1/1.1."""
    spans = []
    for part in re.split(r"(\([^()]*\)|\[[^\[\]]*\])", prompt):
        if part.startswith("("):
            text, _, weight = part[1:-1].rpartition(":")
            spans.append((text, float(weight)) if text else (part[1:-1], 1.1))
        elif part.startswith("["):
            spans.append((part[1:-1], 1 / 1.1))
        elif part:
            spans.append((part, 1.0))
    return spans or [("", 1.0)]


def pieces(tokenizer, text: str) -> list[list[int]]:
    """Tokens of a text, one by one; of an embedding (the longest name first) all of its vectors, which no window divides."""
    names = sorted(getattr(tokenizer, "embeddings", []), key=lambda known: -len(known[1]))
    for name, _, _ in names:
        text = text.replace(f"embedding:{name}", name)
    tokens, found = tokenizer(text, add_special_tokens=False).input_ids, []
    while tokens:
        _, heard, ids = next((known for known in names if tokens[: len(known[1])] == known[1]), (None, tokens[:1], tokens[:1]))
        found.append(ids)
        tokens = tokens[len(heard) :]
    return found


def chunks(tokenizer, prompt: str) -> list[tuple[list[int], list[float]]]:
    """Windows of 77 ids with the weight of each."""
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    done: list[list[tuple[int, float]]] = []
    now: list[tuple[int, float]] = []
    last_comma = -1
    for text, weight in weighted_spans(prompt):
        for piece in pieces(tokenizer, text):
            moved: list[tuple[int, float]] = []
            if piece == [comma]:
                last_comma = len(now)
            elif len(now) == CHUNK and last_comma != -1 and CHUNK - last_comma <= BACKTRACK:
                now, moved = now[: last_comma + 1], now[last_comma + 1 :]
                done.append(now)
                now, last_comma = moved, -1
            if len(now) + len(piece) > CHUNK:
                done.append(now)
                now, last_comma = [], -1
            now += [(token, weight) for token in piece]
    if now or not done:
        done.append(now)
    windows = []
    for chunk in done:
        rest = CHUNK - len(chunk)
        ids = [tokenizer.bos_token_id, *(token for token, _ in chunk), tokenizer.eos_token_id, *[tokenizer.pad_token_id] * rest]
        windows.append((ids, [1.0, *(weight for _, weight in chunk), 1.0, *[1.0] * rest]))
    return windows


def embed(encode, windows: list[tuple[list[int], list[float]]]) -> torch.Tensor:
    """`[1, 77 n, width]`; each window is weighted and brought back to its own mean, as A1111 does."""
    parts = []
    for ids, weights in windows:
        plain = encode(ids)
        weighted = plain * torch.tensor(weights)[None, :, None]
        parts.append(weighted * (plain.mean() / weighted.mean()))
    return torch.cat(parts, 1)


def parts(prompt: str) -> list[tuple[str, float]]:
    """`a AND b :0.6` to texts with weights."""
    split = [re.fullmatch(r"(.*?)(?:\s*:\s*([-+]?[\d.]+))?\s*", part, re.S) for part in re.split(r"\bAND\b", prompt)]
    return [(part[1], float(part[2] or 1)) for part in split]


def text_at(text: str, step: int, steps: int) -> str:
    """`[from:to:share]` as a step, counted from 1, hears it."""
    return re.sub(r"\[([^:\[\]]*):([^:\[\]]*):([\d.]+)\]", lambda found: found[1] if step <= int(float(found[3]) * steps) else found[2], text)


def contexts(model, prompt: str, negative: str, step: int = 1, steps: int = 1) -> tuple:
    """Embedding and weight of each part of the prompt, and the negative prompt's embedding; of one length, the shorter padded with empty chunks."""
    texts = [text_at(text, step, steps) for text, _ in parts(prompt)]
    negative = text_at(negative, step, steps)
    length = max(len(chunks(model.tokenizer, text)) for text in (*texts, negative))

    def padded(tokenizer, text: str):
        windows = chunks(tokenizer, text)
        return windows + chunks(tokenizer, "") * (length - len(windows))

    def context(text: str):
        states = embed(model.encode_tokens, padded(model.tokenizer, text))
        if not model.variant.xl:
            return states
        windows = padded(model.tokenizer_2, text)
        states_2 = embed(lambda ids: model.encode_tokens_2(ids)[0], windows)
        return torch.cat([states, states_2], 2), model.encode_tokens_2(windows[0][0])[1]

    wanted, unwanted = [(context(text), weight) for text, (_, weight) in zip(texts, parts(prompt))], context(negative)
    if model.variant.xl and negative == "":  # `force_zeros_for_empty_prompt`
        unwanted = tuple(torch.zeros_like(part) for part in unwanted)
    return wanted, unwanted

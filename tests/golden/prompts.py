"""A1111's prompt rules (prompt_parser.py, sd_hijack_clip.py, sd_emphasis.py of stable-diffusion-webui), for flat prompts.

Nesting, escapes and prompt editing are left out: no case uses them.
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


def chunks(tokenizer, prompt: str) -> list[tuple[list[int], list[float]]]:
    """Windows of 77 ids with the weight of each."""
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    done: list[list[tuple[int, float]]] = []
    now: list[tuple[int, float]] = []
    last_comma = -1
    for text, weight in weighted_spans(prompt):
        for token in tokenizer(text, add_special_tokens=False).input_ids:
            moved: list[tuple[int, float]] = []
            if token == comma:
                last_comma = len(now)
            elif len(now) == CHUNK and last_comma != -1 and CHUNK - last_comma <= BACKTRACK:
                now, moved = now[: last_comma + 1], now[last_comma + 1 :]
                done.append(now)
                now, last_comma = moved, -1
            if len(now) == CHUNK:
                done.append(now)
                now, last_comma = [], -1
            now.append((token, weight))
    if now or not done:
        done.append(now)
    windows = []
    for chunk in done:
        chunk = chunk + [(tokenizer.eos_token_id, 1.0)] * (CHUNK - len(chunk))
        ids = [tokenizer.bos_token_id, *(token for token, _ in chunk), tokenizer.eos_token_id]
        windows.append((ids, [1.0, *(weight for _, weight in chunk), 1.0]))
    return windows


def embed(model, windows: list[tuple[list[int], list[float]]]) -> torch.Tensor:
    """`[1, 77 n, width]`; each window is weighted and brought back to its own mean, as A1111 does."""
    parts = []
    for ids, weights in windows:
        plain = model.encode_tokens(ids)
        weighted = plain * torch.tensor(weights)[None, :, None]
        parts.append(weighted * (plain.mean() / weighted.mean()))
    return torch.cat(parts, 1)


def contexts(model, prompt: str, negative: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Conditional and unconditional embedding of one length: the shorter is padded with empty chunks."""
    wanted, unwanted = chunks(model.tokenizer, prompt), chunks(model.tokenizer, negative)
    empty = chunks(model.tokenizer, "")
    length = max(len(wanted), len(unwanted))
    return embed(model, wanted + empty * (length - len(wanted))), embed(model, unwanted + empty * (length - len(unwanted)))

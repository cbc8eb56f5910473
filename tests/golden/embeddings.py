"""Textual inversion: files of learned token vectors, and the text encoders and tokenizers that hear them by name.

A name is a file's stem. A1111 finds it by the tokens of the name (sd_hijack_clip.py), wherever they stand; ComfyUI writes `embedding:` before it.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from checkpoints import BF16, F16, F32, TEXT, Checkpoint

# name: (keys with their shapes, element type)
EMBEDDINGS = {
    "worn-hands": ({"emb_params": (3, TEXT)}, F32),
    "nightsky": ({"<night-sky>": (TEXT,)}, F16),
    "many": ({"emb_params": (60, TEXT)}, F16),
    "soft light": ({"clip_l": (2, TEXT), "clip_g": (2, TEXT)}, BF16),
}


def write(name: str, folder: Path) -> None:
    keys, dtype = EMBEDDINGS[name]
    generator = torch.Generator().manual_seed(len(name))
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file({key: (torch.randn(shape, generator=generator) * 0.5).to(dtype) for key, shape in keys.items()}, path)
    path.chmod(0o644)


def rows(folder: Path) -> dict:
    """What the files hold, by their names and the text encoder."""
    found = {}
    for name in EMBEDDINGS:
        values = load_file(folder / f"{name}.safetensors")
        found[name] = [(values[key].float().reshape(-1, TEXT)).tolist() for key in EMBEDDINGS[name][0]]
    return found


def load(model: Checkpoint, path: Path) -> None:
    """Adds rows behind the vocabulary, the same ids in each text encoder, and notes under which tokens they are found."""
    values = load_file(path)
    encoders = [(model.text_encoder, "clip_l"), *([(model.text_encoder_2, "clip_g")] if model.variant.xl else [])]
    ids = []
    for encoder, key in encoders:
        rows = (values[key] if key in values else next(iter(values.values()))).float()
        rows = rows[None] if rows.dim() == 1 else rows
        table = encoder.text_model.embeddings.token_embedding
        ids = list(range(len(table.weight), len(table.weight) + len(rows)))
        table.weight = torch.nn.Parameter(torch.cat([table.weight.detach(), rows]), requires_grad=False)
    for tokenizer in (model.tokenizer, model.tokenizer_2):
        if tokenizer is not None:
            known = getattr(tokenizer, "embeddings", [])
            tokenizer.embeddings = [*known, (path.stem, tokenizer(path.stem, add_special_tokens=False).input_ids, ids)]

"""Writes noise.json: values of torch.randn on the CPU, from torch itself.

Needs torch on an x86-64 machine with AVX2 (made with 2.15.0).
Each case is one generator and its consecutive draws; small draws are kept as f32 bit patterns, all of them as SHA-256 of their little-endian bytes.
"""

import hashlib
import json
import pathlib

import torch

CASES = [
    (0, [1]), (0, [2, 1, 4]), (42, [15]), (0, [16]), (0, [17]), (7, [20]), (3, [31]), (3, [32]), (3, [33]), (12345, [100]),
    (5, [3, 20, 3]),  # the value left over from the first short draw outlives the long one
    (5, [17, 17]), (42, [100, 100]), (0, [16384]), (42, [16384, 16384]), (1, [4 * 67 * 45]),
    (2**32 + 7, [20]), (2**63 - 1, [64]), (4294967295, [64]),
]

cases = []
for seed, counts in CASES:
    generator = torch.Generator().manual_seed(seed)
    draws = []
    for count in counts:
        values = torch.randn(count, generator=generator).numpy().astype("<f4")
        draw = {"count": count, "sha256": hashlib.sha256(values.tobytes()).hexdigest()}
        if count <= 100:
            draw["bits"] = " ".join(f"{bits:08x}" for bits in values.view("<u4"))
        draws.append(draw)
    cases.append({"seed": seed, "draws": draws})

path = pathlib.Path(__file__).with_name("noise.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")

"""LoRA files of every kind, and what they make of a model's weights.

The formulas are those of the papers (LoRA, LoHa of FedPara, LoKr's Kronecker product, DoRA) in the names of kohya's scripts and LyCORIS, or of PEFT; `check` compares them with what diffusers and LyCORIS themselves make of the files.
DoRA divides by the norm of the changed weight, as its paper, PEFT and LyCORIS do; ComfyUI divides by that of the weight before, where `dora_scale` has a number for each output.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from checkpoints import BF16, F16, F32, Checkpoint, unet_name

LINEAR = r"(attn\d\.to_(q|k|v|out\.0)|ff\.net\.(0\.proj|2)|proj_in|proj_out)$"
CONVOLUTIONS = r"(conv1|conv2|conv_shortcut|samplers\.0\.conv|time_emb_proj)$"
TEXT = r"encoder\.layers\.\d\.(self_attn\.(q|k|v|out)_proj|mlp\.fc\d)$"
SUFFIXES = r"\.(lora_(?:up|down|mid|A|B)\.weight|lora_magnitude_vector|hada_\w+|lokr_\w+|dora_scale|diff(?:_b)?|[wb]_norm|alpha)$"


@dataclass(frozen=True)
class Lora:
    """A file: `style` is `kohya`, `kohya-xl` (LDM's names of blocks) or `peft`; `kinds` maps patterns of diffusers' module names to what is written for them."""

    base: str
    style: str
    kinds: tuple[tuple[str, str], ...]
    text: str | None = "lora"
    rank: int = 4
    alpha: float | None = 2.0
    dtype: torch.dtype = F16
    seed: int = 1
    size: float = 0.5  # deviation of the change, of the weight's


LORAS = {
    "kohya-sd1": Lora("ldm-sd1", "kohya", ((LINEAR, "lora"),)),
    "kohya-sdxl": Lora("ldm-sdxl", "kohya-xl", ((r"(attn1\.to_(q|v|out\.0)|attn2\.to_k|ff\.net\.0\.proj|proj_in|proj_out)$", "lora"),), rank=2, alpha=1.0, dtype=BF16, seed=2, size=1.0),
    "kohya-sd2": Lora("ldm-sd2-v", "kohya", ((LINEAR, "lora"),), rank=3, alpha=3.0, seed=3),
    "peft-sd1": Lora("ldm-sd1", "peft", ((LINEAR, "peft"),), "peft", rank=2, dtype=F32, seed=4),
    "peft-sdxl": Lora("ldm-sdxl", "peft", ((LINEAR, "peft"),), "peft", rank=2, seed=5, size=1.0),
    "locon-sd1": Lora("ldm-sd1", "kohya", ((CONVOLUTIONS, "lora"), (LINEAR, "lora")), rank=2, alpha=1.0, seed=6),
    "locon-mid-sd1": Lora("ldm-sd1", "kohya", ((r"conv[12]$", "mid"),), None, alpha=4.0, seed=7),
    "locon-sdxl": Lora("ldm-sdxl", "kohya-xl", ((CONVOLUTIONS, "lora"),), None, rank=2, alpha=1.0, seed=8, size=1.0),
    "loha-sd1": Lora("ldm-sd1", "kohya", ((r"conv1$", "loha"), (r"conv2$", "loha-mid"), (r"attn\d\.to_(q|out\.0)$|proj_in$", "loha")), "loha", rank=2, alpha=1.0, seed=9),
    "loha-sdxl": Lora("ldm-sdxl", "kohya-xl", ((r"attn\d\.to_[kv]$", "loha"),), "loha", rank=2, alpha=1.0, seed=10, size=1.0),
    "lokr-sd1": Lora("ldm-sd1", "kohya", ((r"conv1$", "lokr"), (r"conv2$", "lokr-mid"), (r"to_[qk]$", "lokr-low"), (r"to_v$", "lokr-both-low"), (LINEAR, "lokr")), "lokr", rank=2, alpha=1.0, seed=11),
    "lokr-sdxl": Lora("ldm-sdxl", "kohya-xl", ((r"attn\d\.to_\w$", "lokr-low"),), "lokr-low", rank=2, alpha=1.0, seed=12, size=1.0),
    "dora-sd1": Lora("ldm-sd1", "kohya", ((LINEAR, "dora"),), "dora", rank=2, alpha=1.0, seed=13),
    "dora-convolutions-sd1": Lora("ldm-sd1", "kohya", ((r"conv[12]$", "dora"),), None, rank=1, alpha=1.0, seed=14),
    "dora-input-sd1": Lora("ldm-sd1", "kohya", ((r"conv1$", "dora-input"), (LINEAR, "dora-input")), None, rank=1, alpha=1.0, seed=17),
    "dora-sdxl": Lora("ldm-sdxl", "kohya-xl", ((r"attn\d\.to_\w$", "dora"),), "dora", rank=2, alpha=1.0, seed=15, size=1.0),
    "folder-sd1": Lora("folder-sd1", "kohya", ((CONVOLUTIONS, "lora"), (LINEAR, "lora")), rank=2, alpha=1.0, seed=18),
    "folder-dora-sd1": Lora("folder-sd1", "kohya", ((LINEAR, "dora"),), "dora", rank=2, alpha=1.0, seed=19),
    "folder-diff-sd1": Lora("folder-sd1", "kohya", ((r"to_[qkv]$|conv_in$|conv_out$|ff\.net\.2$", "diff"), (r"norm\d?$", "norm")), "diff", seed=20, size=0.3),
    "folder-sdxl": Lora("folder-sdxl", "peft", ((LINEAR, "peft"),), "peft", rank=1, seed=21, size=1.0),
    "diff-sd1": Lora("ldm-sd1", "kohya", ((r"mid_block.*to_[qkv]$|conv_in$|conv_out$", "diff"), (r"norm\d?$", "norm")), "diff", seed=16),
}


def modules(model: Checkpoint, style: str) -> dict[str, tuple[str, torch.nn.Module]]:
    """Every module that a file can name: its name in the file, to diffusers' and the module."""
    heads = {"peft": ("unet.", "text_encoder.", "text_encoder_2."), "kohya": ("lora_unet_", "lora_te_", "lora_te2_"), "kohya-xl": ("lora_unet_", "lora_te1_", "lora_te2_")}[style]
    found = {}
    for head, part in zip(heads, (model.unet, model.text_encoder, model.text_encoder_2)):
        for name, module in part.named_modules() if part is not None else ():
            if getattr(module, "weight", None) is None:
                continue
            written = name
            if style == "kohya-xl" and part is model.unet:
                written = unet_name(f"{name}.weight", model.variant).removesuffix(".weight")
            found[head + (written if style == "peft" else written.replace(".", "_"))] = (name, module)
    return found


def factors(count: int) -> tuple[int, int]:
    """LoKr's split of a dimension: the greatest factor up to 4, and the rest."""
    small = max(factor for factor in (1, 2, 4) if count % factor == 0)
    return small, count // small


def drawn(kind: str, module: torch.nn.Module, how: Lora, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Random values of one module; the change that they make is about as wide as `size` says."""
    weight, rank = module.weight.detach(), how.rank
    out, inner, kernel = weight.shape[0], weight.shape[1] if weight.dim() > 1 else 0, list(weight.shape[2:])

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    ones = [1] * len(kernel)
    (a, b), (c, d) = factors(out), factors(max(inner, 1))
    values = {
        "lora": lambda: {"lora_down.weight": random(rank, inner, *kernel), "lora_up.weight": random(out, rank, *ones)},
        "peft": lambda: {"lora_A.weight": random(rank, inner, *kernel), "lora_B.weight": random(out, rank, *ones)},
        "mid": lambda: {"lora_down.weight": random(rank, inner, 1, 1), "lora_mid.weight": random(rank, rank, *kernel), "lora_up.weight": random(out, rank, 1, 1)},
        "loha": lambda: {f"hada_w{n}_{side}": random(*shape) for n in (1, 2) for side, shape in (("a", (out, rank)), ("b", (rank, weight[0].numel())))},
        "loha-mid": lambda: {f"hada_{name}": random(*shape) for n in (1, 2) for name, shape in ((f"t{n}", (rank, rank, *kernel)), (f"w{n}_a", (rank, out)), (f"w{n}_b", (rank, inner)))},
        "lokr": lambda: {"lokr_w1": random(a, c), "lokr_w2": random(b, d, *kernel)},
        "lokr-low": lambda: {"lokr_w1": random(a, c), "lokr_w2_a": random(b, rank), "lokr_w2_b": random(rank, d)},
        "lokr-both-low": lambda: {"lokr_w1_a": random(a, rank), "lokr_w1_b": random(rank, c), "lokr_w2_a": random(b, rank), "lokr_w2_b": random(rank, d)},
        "lokr-mid": lambda: {"lokr_w1": random(a, c), "lokr_t2": random(rank, rank, *kernel), "lokr_w2_a": random(rank, b), "lokr_w2_b": random(rank, d)},
        "diff": lambda: {"diff": random(*weight.shape)} | ({"diff_b": random(*module.bias.shape) * module.bias.detach().std() / 2} if module.bias is not None else {}),
        "norm": lambda: {"b_norm": random(*weight.shape) * module.bias.detach().std() / 2, "w_norm": random(*weight.shape)},
    }[{"dora": "lora", "dora-input": "lora"}.get(kind, kind)]()
    if how.alpha is not None and kind not in ("peft", "diff", "norm"):
        values["alpha"] = torch.tensor(how.alpha)
    scale = how.size * weight.std() / change(weight, values).std()
    last = next(name for name in reversed(values) if name not in ("alpha", "diff_b"))
    values[last] = values[last] * scale
    if kind.startswith("dora"):
        changed = weight + change(weight, values)
        norm = along(changed, 0 if kind == "dora" else 1)
        values["dora_scale"] = norm * (1 + 0.2 * random(*norm.shape))
    return values


def along(weight: torch.Tensor, axis: int) -> torch.Tensor:
    """Norms over all but one axis, in the weight's rank."""
    return torch.linalg.vector_norm(weight, dim=[i for i in range(weight.dim()) if i != axis], keepdim=True)


def change(weight: torch.Tensor, values: dict[str, torch.Tensor]) -> torch.Tensor:
    """What is added to the weight at strength 1, but for DoRA's magnitudes."""

    def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a.flatten(1) @ b.flatten(1)

    def tucker(core: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.einsum("ijkl,jr,ip->prkl", core, b, a)

    whole = values.get("diff", values.get("w_norm"))
    if whole is not None:
        return whole.reshape(weight.shape)
    if "lora_A.weight" in values:
        return product(values["lora_B.weight"], values["lora_A.weight"]).reshape(weight.shape)
    rank = None
    if "lora_mid.weight" in values:
        up, mid, down = (values[f"lora_{part}.weight"] for part in ("up", "mid", "down"))
        made, rank = torch.einsum("or,rskl,si->oikl", up[..., 0, 0], mid, down[..., 0, 0]), len(down)
    elif "lora_up.weight" in values:
        made, rank = product(values["lora_up.weight"], values["lora_down.weight"]), len(values["lora_down.weight"])
    elif "hada_w1_a" in values:
        halves = [(values.get(f"hada_t{n}"), values[f"hada_w{n}_a"], values[f"hada_w{n}_b"]) for n in (1, 2)]
        first, second = (a @ b if core is None else tucker(core, a, b) for core, a, b in halves)
        made, rank = first * second, len(halves[0][2])
    else:
        sides = []
        for n in (1, 2):
            core, low = values.get(f"lokr_t{n}"), values.get(f"lokr_w{n}_b")
            whole = values.get(f"lokr_w{n}")
            rank = rank if low is None else len(low)
            sides.append(whole if whole is not None else values[f"lokr_w{n}_a"] @ low if core is None else tucker(core, values[f"lokr_w{n}_a"], low))
        first, second = sides
        made = torch.kron(first.reshape(*first.shape, *[1] * (second.dim() - 2)), second.contiguous())
    scale = 1.0 if rank is None or "alpha" not in values else float(values["alpha"]) / rank
    return made.reshape(weight.shape) * scale


def changed(weight: torch.Tensor, values: dict[str, torch.Tensor], strength: float) -> torch.Tensor:
    made = change(weight, values)
    if "dora_scale" not in values:
        return weight + strength * made
    scale = values["dora_scale"]
    axis = 0 if scale.shape[0] == weight.shape[0] else 1
    wanted = (weight + made) * scale.reshape(along(weight, axis).shape) / along(weight + made, axis)
    return weight + strength * (wanted - weight)


def write(name: str, model: Checkpoint, folder: Path) -> None:
    how = LORAS[name]
    generator = torch.Generator().manual_seed(how.seed)
    values = {}
    for written, (plain, module) in modules(model, how.style).items():
        text = plain.startswith("text_model.")
        kinds = ((TEXT, how.text),) if text else how.kinds
        kind = next((kind for pattern, kind in kinds if kind and re.search(pattern, plain)), None)
        if kind:
            values |= {f"{written}.{key}": value.to(how.dtype).contiguous() for key, value in drawn(kind, module, how, generator).items()}
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file(values, path, {"ss_network_module": "networks.lora", "ss_network_dim": str(how.rank)})
    path.chmod(0o644)
    print(f"  {path.name}: {path.stat().st_size / 1024:.0f} KiB, {len(values)} tensors")


@torch.no_grad()
def load(model: Checkpoint, path: Path, unet: float, text: float) -> None:
    """Adds a file to the model's weights; every tensor of it must have its place."""
    groups: dict[str, dict[str, torch.Tensor]] = {}
    for key, value in load_file(path).items():
        found = re.search(SUFFIXES, key)
        groups.setdefault(key[: found.start()], {})[found[1]] = value.float()
    style = LORAS[path.stem].style
    known = modules(model, style)
    for written, values in groups.items():
        plain, module = known[written]
        strength = text if plain.startswith("text_model.") else unet
        module.weight.copy_(changed(module.weight, values, strength))
        for bias in ("diff_b", "b_norm"):
            if bias in values:
                module.bias.add_(values[bias] * strength)


@torch.no_grad()
def check(name: str, folder: Path, opened) -> str:
    """Asserts that another project makes the same of the weights: diffusers with PEFT where it knows the kind, else LyCORIS; of `diff` there is nothing to ask."""
    import diffusers
    from lycoris import create_lycoris_from_weights
    from lycoris.functional.general import weight_decompose
    from lycoris.functional.lokr import kron_weight

    path, how = folder / f"{name}.safetensors", LORAS[name]
    plain, ours, theirs = opened(), opened(), opened()
    load(ours, path, 1.0, 1.0)
    parts = ["unet", "text_encoder", *(["text_encoder_2"] if theirs.variant.xl else [])]
    kinds = {kind for _, kind in how.kinds}
    groups = {written: {key.removeprefix(f"{written}."): value.float() for key, value in load_file(path).items() if key.startswith(f"{written}.")} for written in modules(theirs, how.style)}
    targets = {written: (plain_name, module, groups[written]) for written, (plain_name, module) in modules(theirs, how.style).items() if groups[written]}
    by = "diffusers" if kinds <= {"lora", "peft"} else "LyCORIS"
    if by == "diffusers":
        scheduler = diffusers.EulerDiscreteScheduler()
        if theirs.variant.xl:
            pipeline = diffusers.StableDiffusionXLPipeline(theirs.vae, theirs.text_encoder, theirs.text_encoder_2, theirs.tokenizer, theirs.tokenizer_2, theirs.unet, scheduler)
        else:
            pipeline = diffusers.StableDiffusionPipeline(theirs.vae, theirs.text_encoder, theirs.tokenizer, theirs.unet, scheduler, None, None, requires_safety_checker=False)
        pipeline.load_lora_weights(str(folder), weight_name=path.name, local_files_only=True)
        pipeline.fuse_lora(components=parts)
        pipeline.unload_lora_weights()
    elif "dora-input" in kinds:  # LyCORIS tells it from the other by an option, not by the file
        for _, module, values in targets.values():
            module.weight.copy_(weight_decompose(module.weight + change(module.weight, values), values["dora_scale"], wd_on_out=False))
    elif kinds & {"lokr", "lokr-low"}:
        for _, module, values in targets.values():
            factors_of = [values.get(f"lokr_{part}") for part in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")]
            scale = how.alpha / how.rank if any(key.endswith("_b") for key in values) else 1.0
            module.weight.add_(kron_weight(*factors_of, scale=scale).reshape(module.weight.shape))
    elif "diff" in kinds:
        return "a sum"
    else:
        for part in parts:
            values = {}
            for plain_name, module, group in targets.values():
                if dict(getattr(theirs, part).named_modules()).get(plain_name) is module:
                    if "hada_w1_a" in group:  # LyCORIS 4.1.3 merges LoHa with the square of alpha / rank
                        group["alpha"] = (group["alpha"] * how.rank).sqrt()
                    values |= {f"lycoris_{plain_name.replace('.', '_')}.{key}": value for key, value in group.items()}
            network, _ = create_lycoris_from_weights(1.0, None, getattr(theirs, part), weights_sd=values)
            network.merge_to(1.0)
    most, moved = 0.0, 0
    for part in parts:
        first, mine, second = (getattr(model, part).state_dict() for model in (plain, ours, theirs))
        for key, value in mine.items():
            most = max(most, float((value - second[key]).abs().max()))
            moved += int(not torch.equal(first[key], value))
    assert most < 1e-4 and moved == len(targets), f"{name}: {most} from {by}, {moved} of {len(targets)} weights"
    return f"{moved} weights, {most:.0e} from {by}"

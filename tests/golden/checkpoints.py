"""Tiny checkpoints as artists have them: one `.safetensors` in the names of CompVis' latent diffusion (LDM), and diffusers folders of `.safetensors`.

A one-file checkpoint holds no config, so its modules follow the rules of the real families: 32 groups, 8 heads in SD1's UNet, heads of 64 elsewhere (one where a width is below 64), the real vocabulary.
`read` opens such a file through diffusers' own conversion, so what the cases are computed with is what the file holds.
"""

import gzip
import hashlib
import importlib.util
import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.models.clip.tokenization_clip import bytes_to_unicode

from layouts import export, external, halve, write_configs
from pictures import random_picture
from tiny_models import BETAS, Model, Variant, calm, fit, fit_denoiser, settle, write_json, write_tokenizer

F32, F16, BF16, E4M3, E5M2 = torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2
VOCABULARY = 49408
PERIOD = 256  # rows after which the token embedding repeats, so that it packs to little
TEXT = 8  # width of the one-file checkpoints' text
SIZES = 16  # width of the embedding of each of SDXL's six sizes
SCALES = {"sd1": 0.18215, "sd2": 0.18215, "sdxl": 0.13025}


@dataclass(frozen=True)
class Family(Variant):
    """A variant with the shape of its modules; `toy` has the toy tokenizer and any number of groups and heads, as only configs can say."""

    family: str = "sd1"
    layers: int = 1
    depths: tuple[int, ...] = (1, 0)  # transformer blocks of each level
    toy: bool = False


MODELS = [
    Family("sd1", seed=11, factor=2),
    Family("sd1-9ch", seed=12, factor=2, inpainting=True),
    Family("sd2-v", seed=13, factor=2, prediction="v_prediction", family="sd2"),
    Family("sdxl", seed=14, factor=2, xl=True, family="sdxl", depths=(0, 1, 2)),
    Family("sdxl-9ch", seed=15, factor=2, xl=True, family="sdxl", depths=(0, 1), inpainting=True),
    Family("sdxl-vpred", seed=16, factor=2, xl=True, family="sdxl", depths=(0, 2), layers=2, prediction="v_prediction", zero_snr=True),
    Family("folder-sd1", seed=17, factor=4, layers=2, toy=True),
    Family("folder-sdxl", seed=18, factor=4, xl=True, family="sdxl", depths=(0, 1, 2), toy=True),
]


@dataclass(frozen=True)
class File:
    """How a model is written: the element type of each part, and what is peculiar."""

    model: str
    unet: torch.dtype = F16
    text: torch.dtype = F16
    tokens: torch.dtype = F16
    vae: torch.dtype | None = F16
    ema: bool = False  # copies under `model_ema.`, of other values
    old_text: bool = False  # no `text_model.` in the text encoder's names
    marks: tuple[str, ...] = ()  # keys of no elements


FILES = {
    "ldm-sd1": File("sd1"),
    "ldm-sd1-bf16-no-vae": File("sd1", BF16, BF16, E4M3, None),
    "ldm-sd1-fp8-e4m3": File("sd1", E4M3, E4M3, E4M3),
    "ldm-sd1-fp8-e5m2-old": File("sd1", E5M2, E5M2, E5M2, E5M2, ema=True, old_text=True),
    "ldm-sd1-9ch": File("sd1-9ch", F32, F32, E4M3),
    "ldm-sd2-v": File("sd2-v", tokens=E4M3, vae=E4M3),
    "ldm-sdxl": File("sdxl", tokens=E4M3),
    "ldm-sdxl-9ch": File("sdxl-9ch", E4M3, BF16, E4M3, E4M3),
    "ldm-sdxl-vpred": File("sdxl-vpred", E4M3, E4M3, E4M3, marks=("v_pred", "ztsnr")),
}
VAES = {"vae-ldm": ("sd1", F16), "vae-diffusers": ("sd1", BF16)}
FOLDERS = {
    # name: (model, element type, variant in the files' names, greatest bytes of a shard)
    "folder-sd1": ("folder-sd1", F32, None, None),
    "folder-sd1-fp16": ("folder-sd1", F16, "fp16", None),
    "folder-sd1-sharded": ("folder-sd1", F32, None, 100_000),
    "folder-sdxl": ("folder-sdxl", F16, None, None),
    "folder-sdxl-fp16": ("folder-sdxl", F16, "fp16", None),
    "folder-sdxl-sharded": ("folder-sdxl", BF16, None, 100_000),
}


EXPORTS = {
    # name: (folder, the older layout of diffusers' script, what is done to each graph in the end)
    "onnx-sd1": ("folder-sd1", True, external),
    "onnx-sdxl": ("folder-sdxl", False, halve),
}


class Checkpoint(Model):
    """A model that is heard at another layer where the recipe says so: A1111's Clip skip, with the last norm after it; SDXL ignores it, as A1111 does."""

    clip_skip: int = 1

    @torch.no_grad()
    def encode_tokens(self, ids):
        if self.variant.xl or self.clip_skip == 1:
            return super().encode_tokens(ids)
        states = self.text_encoder(torch.tensor([ids]), output_hidden_states=True).hidden_states[-self.clip_skip]
        return self.text_encoder.text_model.final_layer_norm(states)


def clip_tokenizer(pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """CLIP's own tokenizer, from the list of merges that OpenAI published; `transformers` cleans no text with ftfy unless that is installed."""
    packed = Path(importlib.util.find_spec("open_clip").submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
    merges = gzip.decompress(packed.read_bytes()).decode().split("\n")[1 : VOCABULARY - 512 - 2 + 1]
    symbols = list(bytes_to_unicode().values())
    vocabulary = symbols + [s + "</w>" for s in symbols] + [merge.replace(" ", "") for merge in merges] + ["<|startoftext|>", "<|endoftext|>"]
    assert len(vocabulary) == VOCABULARY
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}))
        (Path(folder) / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
        return CLIPTokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt", pad_token=pad, model_max_length=77)


def text_config(family: Family, second: bool, tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    """SD2's and SDXL's second encoder are OpenCLIP's; SD2 hears the last but one layer, so the config has a layer less than the file."""
    open_clip = second or family.family == "sd2"
    width = (16 if second else 12) if family.toy else TEXT
    return CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=4 * width, num_hidden_layers=2 if family.family == "sd2" else 3,
        num_attention_heads=(4 if second else 2) if family.toy else 1, projection_dim=width, hidden_act="gelu" if open_clip else "quick_gelu",
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        attn_implementation="eager", output_hidden_states=family.xl,
    )


def unet_config(family: Family) -> dict:
    count = len(family.depths)
    widths = (8, 16, 16)[:count] if family.toy else (32,) * count
    down = ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in family.depths]
    up = [block.replace("Down", "Up") for block in reversed(down)]
    width = (28 if family.xl else 12) if family.toy else (2 * TEXT if family.xl else TEXT)
    heads = [2, 4, 4][:count] if family.toy else 8 if family.family == "sd1" else [max(1, w // 64) for w in widths]
    pooled = 16 if family.toy else TEXT
    xl = {"addition_embed_type": "text_time", "addition_time_embed_dim": SIZES, "projection_class_embeddings_input_dim": pooled + 6 * SIZES}
    return dict(
        sample_size=64 // family.factor, in_channels=9 if family.inpainting else 4, block_out_channels=widths, down_block_types=down, up_block_types=up,
        layers_per_block=family.layers, cross_attention_dim=width, attention_head_dim=heads, norm_num_groups=2 if family.toy else 32,
        transformer_layers_per_block=[max(1, depth) for depth in family.depths], use_linear_projection=family.family != "sd1", **(xl if family.xl else {}),
    )


def vae_config(family: Family) -> dict:
    levels = family.factor.bit_length()
    return dict(
        block_out_channels=((8 if family.toy else 32),) * levels, down_block_types=("DownEncoderBlock2D",) * levels, up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1, norm_num_groups=2 if family.toy else 32, sample_size=64, scaling_factor=SCALES[family.family],
    )


def tokenizers(family: Family, folder: Path | None) -> tuple[CLIPTokenizer, CLIPTokenizer | None]:
    if family.toy:
        return write_tokenizer(folder / "tokenizer"), write_tokenizer(folder / "tokenizer_2", pad="!") if family.xl else None
    return clip_tokenizer("!" if family.family == "sd2" else "<|endoftext|>"), clip_tokenizer("!") if family.xl else None


def empty(family: Family, tokenizer: CLIPTokenizer, tokenizer_2: CLIPTokenizer | None) -> Checkpoint:
    """The modules, with random weights."""
    first = CLIPTextModel(text_config(family, False, tokenizer)).eval()
    second = CLIPTextModelWithProjection(text_config(family, True, tokenizer_2)).eval() if family.xl else None
    unet, vae = UNet2DConditionModel(**unet_config(family)).eval(), AutoencoderKL(**vae_config(family)).eval()
    return Checkpoint(family, tokenizer, first, unet, vae, SCALES[family.family], tokenizer_2, second)


def fit_autoencoder(vae: AutoencoderKL, factor: int) -> torch.Tensor:
    """Fits the autoencoder, and gives scaled latents of 160 pictures to fit the UNet on."""
    rng = np.random.default_rng(factor)
    calm(vae)
    side = 16 * factor
    pictures = torch.from_numpy(np.stack([random_picture(rng, side, side) for _ in range(160)])).permute(0, 3, 1, 2)
    unit = 1 / vae.config.scaling_factor
    small = torch.nn.functional.avg_pool2d(pictures, factor)
    vae.quant_conv.weight.data *= unit  # latents are that much greater than what the convolutions start with
    vae.post_quant_conv.weight.data /= unit
    slope = torch.nn.functional.pad(small.mean(1, keepdim=True).diff(dim=3), (0, 1, 0, 0)) * 3
    target = torch.cat([small, slope], 1) * unit * 2

    def loss() -> torch.Tensor:
        pick = torch.from_numpy(rng.integers(len(pictures), size=8))
        mean = vae.encode(pictures[pick]).latent_dist.mean
        return (vae.decode(mean).sample - pictures[pick]).square().mean() + 0.2 * ((mean - target[pick]) / unit).square().mean()

    left = fit(vae, 130, loss)
    with torch.no_grad():
        latents = vae.encode(pictures).latent_dist.mean * vae.config.scaling_factor
    print(f"  autoencoder: loss {left:.3f}, latents' deviation {latents.std():.2f}")
    return latents


def fitted(family: Family, folder: Path | None = None) -> Checkpoint:
    """The model with its weights, which are kept in the temporary directory under a hash of what made them."""
    torch.manual_seed(family.seed)
    model = empty(family, *tokenizers(family, folder))
    encoders = [encoder for encoder in (model.text_encoder, model.text_encoder_2) if encoder]
    for encoder in encoders:
        settle(encoder)
        if not family.toy:
            rows = encoder.text_model.embeddings.token_embedding.weight
            rows.data = rows.data[:PERIOD].repeat(VOCABULARY // PERIOD, 1)
    source = hashlib.sha256(repr((family, unet_config(family), vae_config(family), "1")).encode()).hexdigest()[:16]
    cache = Path(tempfile.gettempdir()) / f"pentimento-golden-{family.name}-{source}.pt"
    if not cache.exists():
        # The autoencoders of one scaling factor and size are one.
        torch.manual_seed(family.factor)
        model.vae = AutoencoderKL(**vae_config(family))
        latents = fit_autoencoder(model.vae, family.factor)
        rng = np.random.default_rng(family.seed)
        texts = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz    "), 30)) for _ in range(63)] + [""]
        with torch.no_grad():
            states = [torch.cat([model.encode_tokens(window(model.tokenizer, text)) for text in texts])]
            pooled = None
            if family.xl:
                second = [model.encode_tokens_2(window(model.tokenizer_2, text)) for text in texts]
                states.append(torch.cat([one for one, _ in second]))
                pooled = torch.cat([one for _, one in second])
        contexts = torch.cat(states, 2)
        if family.family == "sd2":
            mark_prediction(model.unet)
        fit_denoiser(model.unet, family, latents, contexts, pooled, batch=16)
        if family.family == "sd2":
            mark_prediction(model.unet)
        torch.save((model.vae.state_dict(), model.unet.state_dict(), [encoder.state_dict() for encoder in encoders]), cache)
    vae, unet, texts = torch.load(cache)
    for module, values in [(model.vae, vae), (model.unet, unet), *zip(encoders, texts)]:
        module.load_state_dict(values)
        module.eval().requires_grad_(False)
    return model


def mark_prediction(unet: UNet2DConditionModel) -> None:
    """SD2's velocity models are told from the others by the spread of this bias: above 0.09 (ComfyUI, comfy/supported_models.py)."""
    bias = unet.up_blocks[-1].attentions[-1].transformer_blocks[0].norm1.bias
    if bias.std() < 0.15:
        bias.data.normal_(0, 0.2, generator=torch.Generator().manual_seed(0))


def window(tokenizer: CLIPTokenizer, text: str) -> list[int]:
    return tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids


# Names


RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
OUTER = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}


def unet_name(name: str, family: Family) -> str:
    """diffusers' name of a UNet's tensor in LDM's terms."""
    stride = family.layers + 1

    def place(found: re.Match) -> str:
        where, block, part, index = found[1], int(found[2] or 0), found[3], int(found[4])
        inner = 1 if part == "attentions" else 0
        if where == "mid_block":
            return f"middle_block.{1 if inner else 2 * index}"
        if part == "downsamplers":
            return f"input_blocks.{(block + 1) * stride}.0.op"
        if part == "upsamplers":
            attends = family.depths[len(family.depths) - 1 - block] > 0
            return f"output_blocks.{block * stride + family.layers}.{2 if attends else 1}"
        return f"input_blocks.{1 + block * stride + index}.{inner}" if where == "down_blocks" else f"output_blocks.{block * stride + index}.{inner}"

    for old, new in OUTER.items():
        if name.startswith(old + "."):
            return new + name[len(old) :]
    renamed = re.sub(r"^(down_blocks|up_blocks|mid_block)(?:\.(\d+))?\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)", place, name)
    if ".0.op.conv." in renamed:
        return renamed.replace(".op.conv.", ".op.")
    if ".resnets." in name:
        return re.sub(r"\.(norm1|conv1|time_emb_proj|norm2|conv2|conv_shortcut)\.", lambda found: f".{RESNET[found[1]]}.", renamed)
    return renamed


def vae_name(name: str, levels: int) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name).replace("mid_block.attentions.0", "mid.attn_1")
    for old, new in {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}.items():
        name = name.replace(f"attn_1.{old}.", f"attn_1.{new}.")
    name = re.sub(r"down_blocks\.(\d+)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets\.", lambda found: f"up.{levels - 1 - int(found[1])}.block.", name)
    return re.sub(r"up_blocks\.(\d+)\.upsamplers\.0\.", lambda found: f"up.{levels - 1 - int(found[1])}.upsample.", name)


def open_clip(encoder: torch.nn.Module, seed: int, spare: bool) -> dict[str, torch.Tensor]:
    """A text encoder in OpenCLIP's names, queries, keys and values in one matrix; `spare` adds the last layer, which SD2 does not hear."""
    values = {name.removeprefix("text_model."): value for name, value in encoder.state_dict().items()}
    width, count = encoder.config.hidden_size, encoder.config.num_hidden_layers
    generator = torch.Generator().manual_seed(seed)
    made = {
        "token_embedding.weight": values["embeddings.token_embedding.weight"],
        "positional_embedding": values["embeddings.position_embedding.weight"],
        "ln_final.weight": values["final_layer_norm.weight"],
        "ln_final.bias": values["final_layer_norm.bias"],
        "text_projection": values["text_projection.weight"].T if "text_projection.weight" in values else torch.randn(width, width, generator=generator),
        "logit_scale": torch.tensor(4.6052),
    }
    for index in range(count):
        old, new = f"encoder.layers.{index}.", f"transformer.resblocks.{index}."
        for kind in ("weight", "bias"):
            made[f"{new}attn.in_proj_{kind}"] = torch.cat([values[f"{old}self_attn.{part}_proj.{kind}"] for part in "qkv"])
            for theirs, ours in {"self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}.items():
                made[f"{new}{ours}.{kind}"] = values[f"{old}{theirs}.{kind}"]
    if spare:
        last = f"transformer.resblocks.{count - 1}."
        made |= {name.replace(last, f"transformer.resblocks.{count}."): torch.randn(value.shape, generator=generator) for name, value in made.items() if name.startswith(last)}
    return made


def vae_values(model: Checkpoint) -> dict[str, torch.Tensor]:
    """LDM's attention is of 1 x 1 convolutions."""
    named = {vae_name(name, model.variant.factor.bit_length()): value for name, value in model.vae.state_dict().items()}
    return {name: value[:, :, None, None] if ".attn_1." in name and value.dim() == 2 else value for name, value in named.items()}


def ldm(model: Checkpoint, how: File) -> dict[str, torch.Tensor]:
    """Everything that the file holds, of its element types."""
    family: Family = model.variant
    parts = {f"model.diffusion_model.{unet_name(name, family)}": (value, how.unet) for name, value in model.unet.state_dict().items()}
    assert len(parts) == len(model.unet.state_dict())
    positions = torch.arange(77)[None]
    first = {name: value for name, value in model.text_encoder.state_dict().items()}
    if family.family == "sd2":
        text = {f"cond_stage_model.model.{name}": value for name, value in open_clip(model.text_encoder, family.seed, True).items()}
    elif family.xl:
        text = {f"conditioner.embedders.0.transformer.{name}": value for name, value in first.items()}
        text |= {f"conditioner.embedders.1.model.{name}": value for name, value in open_clip(model.text_encoder_2, family.seed, False).items()}
        parts["conditioner.embedders.0.transformer.text_model.embeddings.position_ids"] = (positions, torch.int64)
    else:
        head = "cond_stage_model.transformer."
        text = {head + (name.removeprefix("text_model.") if how.old_text else name): value for name, value in first.items()}
        parts[f"{head}{'' if how.old_text else 'text_model.'}embeddings.position_ids"] = (positions, torch.int64)
        betas = torch.linspace(BETAS["beta_start"] ** 0.5, BETAS["beta_end"] ** 0.5, 1000, dtype=torch.float64) ** 2
        parts["alphas_cumprod"] = (torch.cumprod(1 - betas, 0), F32)
    parts |= {name: (value, how.tokens if "token_embedding" in name else how.text) for name, value in text.items()}
    if how.vae:
        parts |= {f"first_stage_model.{name}": (value, how.vae) for name, value in vae_values(model).items()}
    if how.ema:
        copies = {f"model_ema.{name.removeprefix('model.').replace('.', '')}": (-value, kind) for name, (value, kind) in parts.items() if name.startswith("model.") and value.dim() == 1}
        parts |= copies | {"model_ema.decay": (torch.tensor(0.9999), F32), "model_ema.num_updates": (torch.tensor(470000), torch.int32)}
    parts |= {mark: (torch.zeros(0), F32) for mark in how.marks}
    return {name: value.to(kind).contiguous() for name, (value, kind) in parts.items()}


def write_file(name: str, how: File, model: Checkpoint, folder: Path) -> None:
    path = folder / f"{name}.safetensors"
    save_file(ldm(model, how), path, {"format": "pt"})
    print(f"  {path.name}: {path.stat().st_size / 1e6:.2f} MB")


def write_vae(name: str, kind: torch.dtype, model: Checkpoint, folder: Path) -> None:
    """An autoencoder by itself: LDM's names without `first_stage_model.`, or diffusers'."""
    values = vae_values(model) if name == "vae-ldm" else model.vae.state_dict()
    # Told from the checkpoint's own by what it paints: brighter, and greener.
    head = "decoder.conv_out.bias"
    values = values | {head: values[head] + torch.tensor([0.0, 0.35, 0.1])}
    save_file({key: value.to(kind).contiguous() for key, value in values.items()}, folder / f"{name}.safetensors")


# Reading


def plain(path: Path) -> dict[str, torch.Tensor]:
    return {name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()}


def read(name: str, folder: Path, vae: str | None = None, text_encoder: str | None = None) -> Checkpoint:
    """The modules of a one-file checkpoint, or of it with another autoencoder or the text encoders of another checkpoint, through diffusers' conversion; every tensor of theirs must be there."""
    how = FILES[name]
    family = replace(next(model for model in MODELS if model.name == how.model), name=f"{name}.safetensors")
    model = empty(family, *tokenizers(family, None))
    values = plain(folder / f"{name}.safetensors")
    if how.old_text:
        values = {re.sub(r"^cond_stage_model\.transformer\.", "cond_stage_model.transformer.text_model.", key): value for key, value in values.items()}
    model.unet.load_state_dict(single_file_utils.convert_ldm_unet_checkpoint(dict(values), dict(model.unet.config)))
    own, values = values, plain(folder / text_encoder) if text_encoder else values
    if family.family == "sd2":
        fill(model.text_encoder, single_file_utils.convert_open_clip_checkpoint(model.text_encoder, values), spare=("layers.2.", "text_projection"))
    else:
        fill(model.text_encoder, single_file_utils.convert_ldm_clip_checkpoint(values), spare=("position_ids",))
    if family.xl:
        fill(model.text_encoder_2, single_file_utils.convert_open_clip_checkpoint(model.text_encoder_2, values, prefix="conditioner.embedders.1.model."))
    if vae is None:
        model.vae.load_state_dict(single_file_utils.convert_ldm_vae_checkpoint(own, dict(model.vae.config)))
    else:
        values = plain(folder / vae)
        model.vae.load_state_dict(single_file_utils.convert_ldm_vae_checkpoint(values, dict(model.vae.config)) if "decoder.mid.attn_1.q.weight" in values else values)
    return model


def fill(module: torch.nn.Module, values: dict[str, torch.Tensor], spare: tuple[str, ...] = ()) -> None:
    module.load_state_dict({name: value for name, value in values.items() if not any(part in name for part in spare)})


# Folders


def write_folder(name: str, model: Checkpoint, folder: Path) -> None:
    """A pipeline as `save_pretrained` writes it, with a `variant` in the files' names or in shards, and an index of them."""
    _, kind, variant, shard = FOLDERS[name]
    tokenizers(model.variant, folder)
    write_configs(model, folder, ("vae",))
    texts = [("text_encoder", model.text_encoder), *([("text_encoder_2", model.text_encoder_2)] if model.variant.xl else [])]
    for part, module in [*texts, ("unet", model.unet), ("vae", model.vae)]:
        stem = "model" if part.startswith("text") else "diffusion_pytorch_model"
        values = {key: value.to(kind).contiguous() for key, value in module.state_dict().items()}
        total = sum(value.nbytes for value in values.values())
        (folder / part).mkdir(exist_ok=True)
        if shard is None or total <= shard:
            save_file(values, folder / part / f"{stem}{f'.{variant}' if variant else ''}.safetensors", {"format": "pt"})
            continue
        groups: list[dict[str, torch.Tensor]] = [{}]
        for key, value in values.items():
            if groups[-1] and sum(one.nbytes for one in groups[-1].values()) + value.nbytes > shard:
                groups.append({})
            groups[-1][key] = value
        names = [f"{stem}-{index + 1:05}-of-{len(groups):05}.safetensors" for index in range(len(groups))]
        for file, group in zip(names, groups):
            save_file(group, folder / part / file, {"format": "pt"})
        places = {key: file for file, group in zip(names, groups) for key in group}
        write_json(folder / part / f"{stem}.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": places})


def write_export(name: str, folder: Path) -> None:
    """A folder of weights as ONNX, under the names that exporters give."""
    source, legacy, finish = EXPORTS[name]
    model = read_folder(source, folder / source)
    model.variant = replace(model.variant, legacy=legacy)
    tokenizers(model.variant, folder / name)
    export(model, folder / name, named=True)
    for path in (folder / name).glob("*/model.onnx"):
        if path.parent.name in ("unet", "text_encoder", "text_encoder_2"):
            finish(path)


def read_folder(name: str, folder: Path) -> Checkpoint:
    """What the files of the folder hold, through `from_pretrained` of each part."""
    model_name, _, variant, _ = FOLDERS[name]
    family = replace(next(model for model in MODELS if model.name == model_name), name=name)
    options = {"variant": variant, "torch_dtype": F32, "local_files_only": True}
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    tokenizer_2 = CLIPTokenizer.from_pretrained(folder / "tokenizer_2") if family.xl else None
    first = CLIPTextModel.from_pretrained(folder / "text_encoder", attn_implementation="eager", **options)
    second = CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2", attn_implementation="eager", **options) if family.xl else None
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **options)
    vae = AutoencoderKL.from_pretrained(folder, subfolder="vae", **options)
    return Checkpoint(family, tokenizer, first, unet, vae, vae.config.scaling_factor, tokenizer_2, second)

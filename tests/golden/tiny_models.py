"""Tiny diffusers pipelines: what distinguishes them, their tokenizer and their weights.

The text encoder keeps its random weights; autoencoder and UNet are fitted for a minute, so that the one roughly reconstructs and the other roughly denoises.
Purely random networks ignore their input or blow up, and no picture of theirs would be worth comparing.
The fitted weights are kept in the temporary directory under a hash of this file, so that a change of the cases alone does not fit again.
"""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.models.clip.tokenization_clip import bytes_to_unicode

from pictures import random_picture

BETAS = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
WIDTH = 16  # of the text embedding
TIME_WIDTH = 8  # of the embedding of each of SDXL's six sizes
MERGES = ["t h", "th e</w>", "i n", "a n", "an d</w>", "e r", "o n</w>", "r e", "re d</w>", "h an", "e d</w>"]  # each part is a symbol or an earlier merge


@dataclass(frozen=True)
class Variant:
    """What distinguishes one tiny model from another."""

    name: str
    seed: int
    factor: int = 8
    inpainting: bool = False
    prediction: str = "epsilon"
    zero_snr: bool = False
    legacy: bool = False
    xl: bool = False


VARIANTS = [
    Variant("sd-4ch", seed=1),
    Variant("sd-9ch", seed=2, inpainting=True),
    Variant("sd-4ch-v", seed=3, factor=4, prediction="v_prediction", zero_snr=True),
    Variant("sd-legacy", seed=4, legacy=True),
    Variant("sdxl-4ch", seed=5, xl=True),
    Variant("sdxl-9ch", seed=6, xl=True, inpainting=True),
]


@dataclass
class Model:
    """The PyTorch modules that the references are computed with."""

    variant: Variant
    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    scaling_factor: float
    tokenizer_2: CLIPTokenizer | None = None
    text_encoder_2: CLIPTextModelWithProjection | None = None

    @torch.no_grad()
    def encode_tokens(self, ids: list[int]) -> torch.Tensor:
        if self.variant.xl:
            return self.text_encoder(torch.tensor([ids]), output_hidden_states=True).hidden_states[-2]
        return self.text_encoder(torch.tensor([ids])).last_hidden_state

    @torch.no_grad()
    def encode_tokens_2(self, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """States and pooled text of SDXL's second encoder."""
        output = self.text_encoder_2(torch.tensor([ids]), output_hidden_states=True)
        return output.hidden_states[-2], output.text_embeds

    @torch.no_grad()
    def encode_picture(self, picture: torch.Tensor) -> torch.Tensor:
        return self.vae.encode(picture).latent_dist.mean * self.scaling_factor

    @torch.no_grad()
    def predict(self, sample: torch.Tensor, timestep: torch.Tensor, context) -> torch.Tensor:
        """`context` is the text's states, or, for SDXL, the states and the pooled text."""
        if not self.variant.xl:
            return self.unet(sample, timestep, context).sample
        states, pooled = context
        extras = {"text_embeds": pooled, "time_ids": sizes(sample, self.variant.factor)}
        return self.unet(sample, timestep, states, added_cond_kwargs=extras).sample

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return self.vae.decode(latents / self.scaling_factor).sample


def sizes(sample: torch.Tensor, factor: int) -> torch.Tensor:
    """SDXL's `time_ids` of an uncut picture: height and width, top and left of the crop, height and width."""
    height, width = (float(side * factor) for side in sample.shape[2:])
    return torch.tensor([[height, width, 0.0, 0.0, height, width]])


def write_tokenizer(folder: Path, pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """A byte-level CLIP tokenizer with a handful of merges, so that byte-pair encoding has something to do."""
    folder.mkdir(parents=True, exist_ok=True)
    symbols = list(bytes_to_unicode().values())
    entries = symbols + [s + "</w>" for s in symbols]
    vocabulary = entries + [merge.replace(" ", "") for merge in MERGES] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n", encoding="utf-8")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": pad}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True, "add_prefix_space": False, "errors": "replace", **special}
    write_json(folder / "tokenizer_config.json", config)
    write_json(folder / "special_tokens_map.json", special)
    return CLIPTokenizer.from_pretrained(folder)


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")


def fit(network: torch.nn.Module, steps: int, loss) -> float:
    """Lowers `loss()` over the network's weights with Adam; the mean of the last tenth."""
    optimiser = torch.optim.Adam(network.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, total_steps=steps)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        value = loss()
        value.backward()
        optimiser.step()
        schedule.step()
        losses.append(value.item())
    network.requires_grad_(False)
    return float(np.mean(losses[-steps // 10 :]))


def calm(network: torch.nn.Module) -> None:
    """Starts where what goes in comes out recognisably: small residual branches, and resampling near the identity."""
    for name, module in network.named_modules():
        if name.endswith(("conv2", "to_out.0", "proj_out", "ff.net.2")):
            module.weight.data *= 0.4
        if "samplers" in name and isinstance(module, torch.nn.Conv2d):
            centre = torch.zeros_like(module.weight.data)
            module.weight.data = 0.4 * module.weight.data + torch.nn.init.dirac_(centre)


def fit_vae(variant: Variant, rng: np.random.Generator) -> tuple[AutoencoderKL, float, torch.Tensor]:
    """An autoencoder whose latents are roughly the picture's colours and slope; its scaling factor; latents to fit the UNet on."""
    levels = variant.factor.bit_length()
    vae = AutoencoderKL(
        block_out_channels=(8,) * levels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        norm_num_groups=2,
        sample_size=64,
    )
    calm(vae)
    pictures = torch.from_numpy(np.stack([random_picture(rng, 64, 64) for _ in range(160)])).permute(0, 3, 1, 2)
    unit = 1 / 0.18215 if variant.legacy else 2.5
    small = torch.nn.functional.avg_pool2d(pictures, variant.factor)
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
        means = vae.encode(pictures).latent_dist.mean
    scale = 0.18215 if variant.legacy else round(1 / means.std().item(), 5)
    print(f"  autoencoder: loss {left:.3f}; scaling factor {scale}, latents' deviation {(means * scale).std():.2f}")
    return vae.eval(), scale, means * scale


def fit_unet(variant: Variant, clean: torch.Tensor, contexts: torch.Tensor, pooled: torch.Tensor | None) -> UNet2DConditionModel:
    """A UNet that roughly denoises latents whose colours depend on the text."""
    xl = {"addition_embed_type": "text_time", "addition_time_embed_dim": TIME_WIDTH, "projection_class_embeddings_input_dim": WIDTH + 6 * TIME_WIDTH}
    unet = UNet2DConditionModel(
        sample_size=64 // variant.factor,
        in_channels=9 if variant.inpainting else 4,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=contexts.shape[2],
        attention_head_dim=2,
        norm_num_groups=2,
        **(xl if variant.xl else {}),
    )
    return fit_denoiser(unet, variant, clean, contexts, pooled)


def fit_denoiser(unet: UNet2DConditionModel, variant: Variant, clean: torch.Tensor, contexts: torch.Tensor, pooled: torch.Tensor | None, steps: int = 320, batch: int = 32) -> UNet2DConditionModel:
    """Fits a UNet of any shape: what `variant` says is asked of it over latents `clean` and texts `contexts`."""
    calm(unet)
    generator = torch.Generator().manual_seed(variant.seed)
    betas = torch.linspace(BETAS["beta_start"] ** 0.5, BETAS["beta_end"] ** 0.5, 1000) ** 2
    signal = torch.cumprod(1 - betas, 0).sqrt()
    if variant.zero_snr:
        signal = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    tint = torch.randn(contexts.shape[2], 4, generator=generator)

    def loss() -> torch.Tensor:
        kept = clean[torch.randint(len(clean), (batch,), generator=generator)]
        pick = torch.randint(len(contexts), (batch,), generator=generator)
        text = contexts[pick]
        x0 = 0.7 * kept + 0.7 * ((text.mean(1) - contexts.mean((0, 1))) @ tint * 6).tanh()[:, :, None, None]
        time = torch.randint(1000, (batch,), generator=generator)
        noise = torch.randn(x0.shape, generator=generator)
        a = signal[time][:, None, None, None]
        s = (1 - a**2).sqrt()
        sample = a * x0 + s * noise
        if variant.inpainting:
            mask = (torch.rand(batch, 1, *x0.shape[2:], generator=generator) < 0.5).float()
            sample = torch.cat([sample, mask, kept * (1 - mask)], 1)
        wanted = noise if variant.prediction == "epsilon" else a * noise - s * x0
        extras = None
        if variant.xl:
            sides = 64.0 * torch.randint(1, 3, (batch, 6), generator=generator)
            sides[:, 2:4] = 0
            extras = {"text_embeds": pooled[pick], "time_ids": sides}
        return (unet(sample, time, text, added_cond_kwargs=extras).sample - wanted).square().mean()

    print(f"  UNet: loss {fit(unet, steps, loss):.3f}")
    return unet.eval()


def settle(text_encoder: torch.nn.Module) -> None:
    """The emphasis rule divides by the embedding's mean, so the mean must be well away from zero, as CLIP's is."""
    embeddings = text_encoder.text_model.embeddings
    embeddings.token_embedding.weight.data *= 15
    text_encoder.text_model.final_layer_norm.bias.data.normal_(0.35, 0.2)
    if text_encoder.config.output_hidden_states:
        # SDXL reads a layer before the last norm.
        embeddings.position_embedding.weight.data += 0.35


def build(variant: Variant, folder: Path) -> Model:
    """Makes the modules of one variant and writes its tokenizer into `folder`."""
    torch.manual_seed(variant.seed)
    rng = np.random.default_rng(variant.seed)
    tokenizer = write_tokenizer(folder / "tokenizer")
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=2,
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
            hidden_act="quick_gelu", attn_implementation="eager", output_hidden_states=variant.xl,
        )
    ).eval()
    settle(text_encoder)
    tokenizer_2 = text_encoder_2 = None
    if variant.xl:
        tokenizer_2 = write_tokenizer(folder / "tokenizer_2", pad="!")
        text_encoder_2 = CLIPTextModelWithProjection(
            CLIPTextConfig(
                vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=3, num_attention_heads=2, projection_dim=WIDTH,
                bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer_2.pad_token_id,
                hidden_act="gelu", attn_implementation="eager", output_hidden_states=True,
            )
        ).eval()
        settle(text_encoder_2)
    letters = "abcdefghijklmnopqrstuvwxyz    "
    with torch.no_grad():
        texts = ["".join(rng.choice(list(letters), 30)) for _ in range(63)] + [""]
        ids = torch.tensor([tokenizer(text, padding="max_length", truncation=True).input_ids for text in texts])
        contexts, pooled = text_encoder(ids).last_hidden_state, None
        if variant.xl:
            ids_2 = torch.tensor([tokenizer_2(text, padding="max_length", truncation=True).input_ids for text in texts])
            second = text_encoder_2(ids_2, output_hidden_states=True)
            first = text_encoder(ids, output_hidden_states=True)
            contexts, pooled = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], 2), second.text_embeds
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    cache = Path(tempfile.gettempdir()) / f"pentimento-golden-{variant.name}-{source}.pt"
    if not cache.exists():
        vae, scaling_factor, latents = fit_vae(variant, rng)
        torch.save((vae, fit_unet(variant, latents, contexts, pooled), scaling_factor), cache)
    vae, unet, scaling_factor = torch.load(cache, weights_only=False)
    return Model(variant, tokenizer, text_encoder, unet, vae, scaling_factor, tokenizer_2, text_encoder_2)

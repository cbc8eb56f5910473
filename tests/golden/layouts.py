"""Writes a tiny pipeline as ONNX in the layouts that users have: optimum's since 1.24, and the older one of diffusers' own script.

Names, ranks, element types and dynamic axes are those of the real exports; node and tensor names are shortened.
"""

import os
from pathlib import Path

import numpy as np
import onnx
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import: it reports to its vendor otherwise
import onnxruntime
import torch

import prompts
from tiny_models import BETAS, Model, sizes, write_json


class TextEncoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        output = self.model(input_ids.long())
        return output.last_hidden_state, output.pooler_output


class XlTextEncoder(torch.nn.Module):
    """Optimum's: the last states and the pooler's output, or the projected text first, and the states of every layer."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        output = self.model(input_ids, output_hidden_states=True)
        head = (output.text_embeds, output.last_hidden_state) if hasattr(output, "text_embeds") else (output.last_hidden_state, output.pooler_output)
        return *head, *output.hidden_states


class Unet(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states, text_embeds=None, time_ids=None):
        extras = None if time_ids is None else {"text_embeds": text_embeds, "time_ids": time_ids}
        return self.model(sample, timestep, encoder_hidden_states, added_cond_kwargs=extras, return_dict=False)[0]


class VaeEncoder(torch.nn.Module):
    """`latent_parameters` (mean and log variance), or the mean as `latent_sample`, where real legacy graphs draw a sample."""

    def __init__(self, vae, legacy):
        super().__init__()
        self.vae, self.legacy = vae, legacy

    def forward(self, sample):
        distribution = self.vae.encode(sample).latent_dist
        return distribution.mean if self.legacy else distribution.parameters


class VaeDecoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample).sample


def export(model: Model, folder: Path, named: bool = False) -> None:
    """Writes the graphs and the configs, and checks each graph against its module; `named` keeps the names that weights and the nodes over them really have."""
    variant, legacy = model.variant, model.variant.legacy
    picture = {0: "batch", 1: "channels", 2: "height", 3: "width"} if legacy else {0: "batch_size", 2: "height", 3: "width"}
    latent = picture | {2: "height_latent", 3: "width_latent"}
    tokens = {0: "batch", 1: "sequence"} if legacy else {0: "batch_size", 1: "sequence_length"}
    channels = model.unet.config.in_channels
    ids = torch.tensor([[model.tokenizer.bos_token_id, 5, 300] + [model.tokenizer.eos_token_id] * 74])
    sample = torch.randn(1, channels, 8, 8)
    context = model.encode_tokens(ids[0].tolist())
    time = torch.tensor(700.5)
    graphs = [
        ("text_encoder", TextEncoder(model.text_encoder), {"input_ids": (ids.int() if legacy else ids, tokens)},
         {"last_hidden_state": tokens, "pooler_output": {0: tokens[0]}}),
        ("unet", Unet(model.unet), {"sample": (sample, picture), "timestep": (time[None] if legacy else time, {0: "batch"} if legacy else {}), "encoder_hidden_states": (context, tokens)},
         {"out_sample": picture}),
        ("vae_encoder", VaeEncoder(model.vae, legacy), {"sample": (torch.randn(1, 3, 64, 64), picture)},
         {"latent_sample" if legacy else "latent_parameters": latent}),
        ("vae_decoder", VaeDecoder(model.vae), {"latent_sample": (torch.randn(1, 4, 8, 8), latent)}, {"sample": picture}),
    ]
    if variant.xl:
        context, pooled = prompts.contexts(model, "one", "two")[0][0][0]
        batch = {0: "batch_size"}
        states = lambda encoder: {f"hidden_states.{n}": tokens for n in range(encoder.config.num_hidden_layers + 1)}  # noqa: E731
        ids_2 = torch.tensor([model.tokenizer_2("one", padding="max_length").input_ids])
        graphs[:2] = [
            ("text_encoder", XlTextEncoder(model.text_encoder), {"input_ids": (ids, tokens)},
             {"last_hidden_state": tokens, "pooler_output": batch} | states(model.text_encoder)),
            ("text_encoder_2", XlTextEncoder(model.text_encoder_2), {"input_ids": (ids_2, tokens)},
             {"text_embeds": batch, "last_hidden_state": tokens} | states(model.text_encoder_2)),
            ("unet", Unet(model.unet), {"sample": (sample, picture), "timestep": (time, {}), "encoder_hidden_states": (context, tokens),
                                        "text_embeds": (pooled, batch), "time_ids": (sizes(sample, variant.factor), batch)},
             {"out_sample": picture}),
        ]
    for name, module, inputs, outputs in graphs:
        path = folder / name / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = tuple(value for value, _ in inputs.values())
        axes = {key: axis for key, (_, axis) in inputs.items() if axis} | outputs
        with torch.no_grad():
            torch.onnx.export(
                module.eval(), values, str(path), input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes,
                opset_version=14 if legacy else 18, do_constant_folding=True, dynamo=False,
            )
            wanted = module(*values)
        slim(path, named)
        got = onnxruntime.InferenceSession(str(path)).run(None, {key: value.numpy() for key, (value, _) in inputs.items()})
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        difference = max(float(np.abs(w.numpy() - g).max()) for w, g in zip(wanted, got))
        print(f"  {name}: {path.stat().st_size / 1024:.0f} KiB, greatest difference from PyTorch {difference:.1e}")
        assert difference < 1e-4
    write_configs(model, folder)


class Graphs(Model):
    """The same model through ONNX Runtime, as a check of the exported graphs at every size that cases use."""

    def __init__(self, model: Model, folder: Path) -> None:
        super().__init__(model.variant, model.tokenizer, model.text_encoder, model.unet, model.vae, model.scaling_factor, model.tokenizer_2, model.text_encoder_2)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        parts = ["text_encoder", *(["text_encoder_2"] if model.variant.xl else []), "unet", "vae_encoder", "vae_decoder"]
        self.sessions = {name: onnxruntime.InferenceSession(str(folder / name / "model.onnx"), options) for name in parts}

    def run(self, name: str, output: str | None = None, **inputs: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.sessions[name].run(output and [output], {key: value.numpy() for key, value in inputs.items()})[0])

    def encode_tokens(self, ids):
        kind = torch.int32 if self.variant.legacy else torch.int64
        return self.run("text_encoder", "hidden_states.1" if self.variant.xl else None, input_ids=torch.tensor([ids], dtype=kind))

    def encode_tokens_2(self, ids):
        return tuple(self.run("text_encoder_2", output, input_ids=torch.tensor([ids])) for output in ("hidden_states.2", "text_embeds"))

    def encode_picture(self, picture):
        return self.run("vae_encoder", sample=picture)[:, :4] * self.scaling_factor

    def predict(self, sample, timestep, context):
        time = timestep.float()
        if self.variant.xl:
            states, pooled = context
            return self.run("unet", sample=sample, timestep=time, encoder_hidden_states=states, text_embeds=pooled, time_ids=sizes(sample, self.variant.factor))
        return self.run("unet", sample=sample, timestep=time[None] if self.variant.legacy else time, encoder_hidden_states=context)

    def decode(self, latents):
        return self.run("vae_decoder", latent_sample=latents / self.scaling_factor)


def slim(path: Path, named: bool) -> None:
    """Shortens what only a human reads: node names and scopes in tensor names are more than half of so small a file."""
    graph = onnx.load(path)
    weights = {tensor.name for tensor in graph.graph.initializer}
    names = {x.name for x in [*graph.graph.input, *graph.graph.output]} | {""}
    # Loaders tell 9 channels from 4 by this tensor where the graph hides its channels.
    short = {"model.conv_in.weight": "conv_in.weight"}

    def rename(name: str) -> str:
        return name if name in names else short.setdefault(name, f"t{len(short)}")

    if named:
        short |= {name: name for name in weights | {x for node in graph.graph.node if node.op_type == "Identity" for x in node.output}}
    for node in graph.graph.node:
        if not (named and weights & set(node.input)):
            node.name = "/conv_in/Conv" if "model.conv_in.weight" in node.input else ""
        node.doc_string = ""
        node.input[:] = [rename(x) for x in node.input]
        node.output[:] = [rename(x) for x in node.output]
    for tensor in graph.graph.initializer:
        tensor.name = rename(tensor.name)
    del graph.graph.value_info[:]
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def external(path: Path) -> None:
    """Moves every weight out of the graph, as diffusers' script does with those of 2 GB."""
    graph = onnx.load(path)
    onnx.save(graph, path, save_as_external_data=True, location="weights.pb", size_threshold=0, convert_attribute=False)


def halve(path: Path) -> None:
    """fp16 inside, fp32 outside, as converters write it."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)


def write_configs(model: Model, folder: Path, vaes: tuple[str, ...] = ("vae_encoder", "vae_decoder")) -> None:
    variant = model.variant
    pipeline = f"StableDiffusion{'XL' if variant.xl else ''}{'Inpaint' if variant.inpainting else ''}Pipeline"
    part = "OnnxRuntimeModel" if variant.legacy else None
    index = {
        "_class_name": "OnnxStableDiffusionPipeline" if variant.legacy else pipeline,
        "_diffusers_version": "0.35.2",
        "feature_extractor": [None, None],
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["diffusers", part] if part else ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", part or "UNet2DConditionModel"],
    }
    index |= {"vae_encoder": ["diffusers", part], "vae_decoder": ["diffusers", part]} if part else {"vae": ["diffusers", "AutoencoderKL"]}
    if variant.xl:
        index |= {"text_encoder_2": ["transformers", "CLIPTextModelWithProjection"], "tokenizer_2": ["transformers", "CLIPTokenizer"], "force_zeros_for_empty_prompt": True}
    write_json(folder / "model_index.json", index)
    scheduler = {
        "_class_name": "PNDMScheduler", "_diffusers_version": "0.35.2", **BETAS, "prediction_type": variant.prediction,
        "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "leading", "trained_betas": None,
    }
    if variant.zero_snr:
        scheduler |= {"_class_name": "DDIMScheduler", "rescale_betas_zero_snr": True, "clip_sample": False}
    (folder / "scheduler").mkdir(exist_ok=True)
    write_json(folder / "scheduler" / "scheduler_config.json", scheduler)
    if variant.legacy:
        return
    model.vae.register_to_config(scaling_factor=model.scaling_factor)
    second = [("text_encoder_2", model.text_encoder_2.config.to_diff_dict())] if variant.xl else []
    for name, config in [("text_encoder", model.text_encoder.config.to_diff_dict()), *second, ("unet", dict(model.unet.config)), *((vae, dict(model.vae.config)) for vae in vaes)]:
        if not name.startswith("text_encoder"):
            kind = "UNet2DConditionModel" if name == "unet" else "AutoencoderKL"
            config = {"_class_name": kind, "_diffusers_version": "0.35.2", **{k: v for k, v in config.items() if not k.startswith("_")}}
        (folder / name).mkdir(exist_ok=True)
        write_json(folder / name / "config.json", config)

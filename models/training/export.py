"""Writes the model as ONNX in the diffusers layout: one folder a network, weights stored as float16."""

import argparse
import json
import os
import warnings

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

OPSET = 18
SIZE = 256  # native size, pixels
LEAST_F1 = 0.5  # tags that were learned less well are left out
SMALL = 64  # tensors of fewer elements stay float32


def halve_weights(model):
    """Stores float32 initializers as float16 followed by a Cast, which ONNX Runtime folds at load."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= SMALL:
            name = tensor.name
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + ".half")
            tensor.CopyFrom(half)
            casts.append(helper.make_node("Cast", [name + ".half"], [name], name=name + ".cast", to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def write(network, inputs, path, names, outputs, axes, half=True):
    """Exports with TorchScript; `axes` maps tensor names to the names of their dynamic axes."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(network.eval(), inputs, path, input_names=names, output_names=outputs, dynamic_axes=axes,
                          opset_version=OPSET, dynamo=False, custom_opsets={"com.microsoft": 1})
    model = onnx.load(path)
    if half:
        halve_weights(model)
    onnx.save(model, path)


def borrow_weights(path, owner, location):
    """Takes the tensors of a graph that are in another one too from there, as external data at `location`."""
    with open(owner, "rb") as file:
        content = file.read()
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        if np.prod(tensor.dims) < SMALL or tensor.external_data:
            continue
        raw = numpy_helper.to_array(tensor).tobytes()
        place = content.find(raw)
        if place < 0:
            continue
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", place), ("length", len(raw))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


PICTURE = {0: "batch_size", 2: "height", 3: "width"}
LATENT = {0: "batch_size", 2: "height_latent", 3: "width_latent"}
TEXT = {0: "batch_size", 1: "sequence_length"}


def put(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def export_all(out, tokenizer, text_encoder, unet, encoder, decoder, latents):
    """`latents` is what latents.json holds. `out` is the model's folder."""
    from autoencoder import FACTOR, LATENTS, WIDTHS as VAE_WIDTHS
    from text_encoder import HEADS, LAYERS
    from text_encoder import WIDTH as TEXT_WIDTH
    from unet import WIDTHS
    from words import CONTEXT, END, START

    write(encoder, (torch.rand(1, 3, 64, 64),), f"{out}/vae_encoder/model.onnx", ["sample"], ["latent_parameters"],
          {"sample": PICTURE, "latent_parameters": LATENT})
    write(decoder, (torch.rand(1, LATENTS, 16, 16),), f"{out}/vae_decoder/model.onnx", ["latent_sample"], ["sample"],
          {"latent_sample": LATENT, "sample": PICTURE})
    ids = torch.tensor([tokenizer.encode("a hand")])
    write(text_encoder, (ids,), f"{out}/text_encoder/model.onnx", ["input_ids"], ["last_hidden_state"], {"input_ids": TEXT, "last_hidden_state": TEXT})
    write(unet, (torch.rand(2, 2 * LATENTS + 1, 32, 32), torch.tensor(500.0), torch.rand(2, CONTEXT, TEXT_WIDTH)), f"{out}/unet/model.onnx",
          ["sample", "timestep", "encoder_hidden_states"], ["out_sample"],
          {"sample": PICTURE, "encoder_hidden_states": TEXT, "out_sample": PICTURE})

    export_general(out, unet, encoder)

    tokenizer.save(f"{out}/tokenizer")
    vae = {
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": LATENTS, "sample_size": SIZE,
        "scaling_factor": latents["scale"], "block_out_channels": [VAE_WIDTHS[0], *VAE_WIDTHS], "layers_per_block": 1,
    }
    put(f"{out}/vae_encoder/config.json", vae)
    put(f"{out}/vae_decoder/config.json", vae | {"latent_rgb_factors": latents["factors"], "latent_rgb_bias": latents["bias"]})
    put(f"{out}/unet/config.json", unet_config(2 * LATENTS + 1))
    put(f"{out}/text_encoder/config.json", {
        "model_type": "clip_text_model", "architectures": ["CLIPTextModel"], "hidden_size": TEXT_WIDTH, "intermediate_size": 4 * TEXT_WIDTH,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "max_position_embeddings": CONTEXT, "vocab_size": len(tokenizer.vocab),
        "bos_token_id": tokenizer.vocab[START], "eos_token_id": tokenizer.vocab[END], "pad_token_id": tokenizer.vocab[END], "hidden_act": "quick_gelu",
    })
    put(f"{out}/scheduler/scheduler_config.json", {
        "_class_name": "DPMSolverMultistepScheduler", "num_train_timesteps": 1000, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
        "beta_end": 0.012, "prediction_type": "v_prediction", "timestep_spacing": "trailing", "steps_offset": 1, "clip_sample": False,
        "set_alpha_to_one": False, "algorithm_type": "dpmsolver++", "solver_order": 2, "final_sigmas_type": "zero",
    })
    networks = {name: ["optimum.onnxruntime.modeling_diffusion", kind] for name, kind in (
        ("text_encoder", "ORTTextEncoder"), ("unet", "ORTUnet"), ("vae_encoder", "ORTVaeEncoder"), ("vae_decoder", "ORTVaeDecoder"))}
    put(f"{out}/model_index.json", {
        "_class_name": "ORTStableDiffusionInpaintPipeline", "feature_extractor": [None, None], "safety_checker": [None, None],
        "requires_safety_checker": False, "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
        "tokenizer": ["transformers", "CLIPTokenizer"], **networks,
    })


def unet_config(channels):
    """config.json of a denoiser that takes so many channels."""
    from autoencoder import FACTOR, LATENTS
    from text_encoder import WIDTH as TEXT_WIDTH
    from unet import WIDTHS

    return {
        "_class_name": "UNet2DConditionModel", "in_channels": channels, "out_channels": LATENTS, "sample_size": SIZE // FACTOR,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "block_out_channels": list(WIDTHS), "layers_per_block": 1, "cross_attention_dim": TEXT_WIDTH, "attention_head_dim": 32,
    }


def export_general(out, unet, encoder):
    """The denoiser without mask channels, and the ControlNet for it; their weights are those of `unet` and `vae_encoder`."""
    from autoencoder import FACTOR, LATENTS
    from general import General, Inpaint
    from text_encoder import WIDTH as TEXT_WIDTH
    from unet import WIDTHS
    from words import CONTEXT

    a, b, c = WIDTHS
    residuals = [*(f"down_block_{i}_additional_residual" for i in range(3)), "mid_block_additional_residual"]
    sides = ((a, 32), (b, 16), (c, 8), (c, 8))
    given = torch.rand(2, LATENTS, 32, 32), torch.tensor(500.0), torch.rand(2, CONTEXT, TEXT_WIDTH)
    names = ["sample", "timestep", "encoder_hidden_states"]
    axes = {"sample": LATENT, "encoder_hidden_states": TEXT} | {
        name: {0: "batch_size", 2: f"height_{i}", 3: f"width_{i}"} for i, name in enumerate(residuals)}
    write(General(unet, encoder), (*given, *(torch.rand(2, width, side, side) for width, side in sides)), f"{out}/general/model.onnx",
          names + residuals, ["out_sample"], axes | {"out_sample": LATENT})
    write(Inpaint(unet, encoder), (*given, torch.rand(2, 3, 32 * FACTOR, 32 * FACTOR)), f"{out}/controlnet/model.onnx",
          [*names, "controlnet_cond"], residuals, axes | {"controlnet_cond": PICTURE})
    put(f"{out}/general/config.json", unet_config(LATENTS))
    for name in ("general", "controlnet"):
        for owner in ("unet", "vae_encoder"):
            borrow_weights(f"{out}/{name}/model.onnx", f"{out}/{owner}/model.onnx", f"{owner}/model.onnx")


def load(folder):
    """Tokenizer, text encoder, UNet, encoder, decoder and what latents.json holds, from the checkpoints of a folder."""
    from autoencoder import LATENTS, Decoder, Encoder
    from text_encoder import WIDTH as TEXT_WIDTH, TextEncoder
    from unet import UNet
    from words import Tokenizer

    with open(f"{folder}/latents.json") as file:
        latents = json.load(file)
    tokenizer = Tokenizer([tuple(pair.split()) for pair in latents["merges"]])
    read = lambda name: torch.load(f"{folder}/{name}.pt", map_location="cpu", weights_only=True)
    rest = read("rest")
    networks = {"text_encoder": TextEncoder(len(tokenizer.vocab)), "unet": UNet(LATENTS, TEXT_WIDTH), "encoder": Encoder(), "decoder": Decoder()}
    rest["unet"] = read("unet-a") | read("unet-b")
    for name, network in networks.items():
        network.load_state_dict(rest[name])
        network.eval()
    return tokenizer, *networks.values(), latents


def export_scene(out, folder):
    """The scene network as a segmenter in CLIPSeg's form, `words`, and as a tagger in WD14's, `tagger`."""
    from parts import FILLERS, NAMED, RATINGS, SIDES, TAGS, WORDS
    from pictures import SIDE
    from reader import Reader, Tagger, WordsToMask
    from words import END, START, Tokenizer, learn

    reader = Reader()
    kept = torch.load(f"{folder}/scene.pt", map_location="cpu", weights_only=True)
    reader.load_state_dict(kept["average"])
    reader.eval()
    tokenizer = Tokenizer(learn([*WORDS, *SIDES, *FILLERS]))
    ids = torch.tensor([tokenizer.encode("left hand")[:6]])
    os.makedirs(f"{out}/words", exist_ok=True)
    write(WordsToMask(reader, tokenizer), (torch.rand(1, 3, SIDE, SIDE) * 2 - 1, ids, torch.ones_like(ids)), f"{out}/words/model.onnx",
          ["pixel_values", "input_ids", "attention_mask"], ["logits", "ratings"],
          {"input_ids": TEXT, "attention_mask": TEXT})
    tokenizer.save(f"{out}/words")
    put(f"{out}/words/preprocessor_config.json", {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "size": {"height": SIDE, "width": SIDE}, "do_normalize": True,
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    put(f"{out}/words/config.json", {
        "model_type": "clipseg", "architectures": ["CLIPSegForImageSegmentation"], "bos_token_id": tokenizer.vocab[START], "eos_token_id": tokenizer.vocab[END],
        "known_words": [names.split() for names, _ in NAMED], "other_words": [*SIDES, *FILLERS]})
    told = [i for i, share in enumerate(kept["f1"]) if share >= LEAST_F1]
    write(Tagger(reader, told), (torch.rand(1, SIDE, SIDE, 3) * 255,), f"{out}/tagger/model.onnx", ["input"], ["output"], {"input": {0: "batch_size"}, "output": {0: "batch_size"}})
    borrow_weights(f"{out}/words/model.onnx", f"{out}/tagger/model.onnx", "tagger/model.onnx")
    with open(f"{out}/tagger/selected_tags.csv", "w") as file:
        file.write("tag_id,name,category,count\n")
        file.writelines(f"{i},{name},{9 if name in RATINGS else 0},0\n" for i, name in enumerate(TAGS[i] for i in told))


def export_clean(out, folder):
    """The hint of cleanness, which the finder of hands gives with each drawn one."""
    from clean import SIDE, Clean

    network = Clean()
    network.load_state_dict(torch.load(f"{folder}/clean.pt", map_location="cpu", weights_only=True))
    write(network, (torch.rand(1, 3, SIDE, SIDE),), f"{out}/clean/model.onnx", ["picture"], ["score"], {"picture": {0: "batch_size"}, "score": {0: "batch_size"}})


def export_upscaler(out, folder):
    from upscaler import Upscaler

    network = Upscaler()
    network.load_state_dict(torch.load(f"{folder}/upscaler.pt", map_location="cpu", weights_only=True))
    write(network, (torch.rand(1, 3, 32, 32),), f"{out}/upscaler/model.onnx", ["input"], ["output"], {"input": PICTURE, "output": PICTURE})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("pocket", "scene"), default="pocket", help="which networks")
    parser.add_argument("--work", default="run", help="folder of the checkpoints")
    parser.add_argument("--out", help="folder of the exported model; without it the program's")
    args = parser.parse_args()
    out = args.out or f"../{args.what}"
    if args.what == "scene":
        export_scene(out, args.work)
        export_upscaler(out, args.work)
        export_clean(out, args.work)
    else:
        export_all(out, *load(args.work))


if __name__ == "__main__":
    main()

"""The end-to-end cases, as data: adding one here and running `generate.py` is all that a new case takes."""

DEFAULTS = {
    "prompt": "The red hand, on 2 tables",
    "negative_prompt": "blurry & bad",
    "strength": 1.0,
    "steps": 8,
    "guidance_scale": 4.0,
    "sampler": "euler",
    "spacing": "uniform",
    "seed": 0,
    "seed_source": "torch-cpu",
    "mask_blur": 0.0,
    "area": "whole",
    "padding": 32,
}
LONG = "a very long story of one hand that holds another hand " * 3  # about 130 tokens of the toy tokenizer, no comma
COMMAS = "an old (red:1.9) house by the sea, with [blue] doors and a (tall tree:0.5) in the garden, one small boat, two (loud birds:1.6) and their old friend the fox"


def case(name: str, model: str = "sd-4ch", size=(64, 64), picture=False, mask: str | None = None, trace=False, kit: dict | None = None, looks: tuple = (), **recipe) -> dict:
    """One case; `size` is (width, height), `kit` what the model is loaded with, `looks` what its ControlNets are shown in the place of the picture."""
    unknown = set(recipe) - set(DEFAULTS) - {"clip_skip", "controls", "method"}
    assert not unknown, unknown
    seed = {"seed": sum(map(ord, name))} if "seed" not in recipe else {}
    edge = {"mask_edge": "open" if "-9ch" in model else "hard"} if mask else {}  # as the reference has it
    return {"name": name, "model": model, "size": size, "picture": picture or mask is not None, "mask": mask, "trace": trace, "kit": kit or {}, "looks": list(looks), "recipe": DEFAULTS | seed | recipe | edge}


def sampled(sampler: str, spacing: str = "uniform", **more) -> dict:
    return case(f"text-{sampler}-{spacing}", sampler=sampler, spacing=spacing, **more)


CASES = [
    # Every schedule.
    sampled("euler", trace=True),
    *[sampled("euler", spacing) for spacing in ("karras", "exponential", "beta", "sgm-uniform", "simple", "normal", "kl-optimal")],
    sampled("euler", "ddim", steps=10),
    # Every sampler, with its own spacing and with the schedules that its class takes.
    sampled("euler-a"), sampled("euler-a", "karras"),
    sampled("heun"), sampled("heun", "karras"), sampled("heun", "beta"),
    sampled("dpm2"), sampled("dpm2", "karras"), sampled("dpm2", "exponential"),
    sampled("lms"), sampled("lms", "karras"),
    sampled("dpmpp-2m"), sampled("dpmpp-2m", "karras"), sampled("dpmpp-2m", "exponential"), sampled("dpmpp-2m", "beta"),
    case("text-dpmpp-2m-karras-20-steps", sampler="dpmpp-2m", spacing="karras", steps=20),
    sampled("dpmpp-2m-sde"), sampled("dpmpp-2m-sde", "karras"),
    sampled("dpmpp-3m-sde"), sampled("dpmpp-3m-sde", "karras"),
    case("text-dpmpp-3m-sde-exponential-16-steps", sampler="dpmpp-3m-sde", spacing="exponential", steps=16),
    sampled("ddim"), sampled("unipc"), sampled("unipc", "karras"), sampled("unipc", "exponential", steps=16),
    sampled("deis"), sampled("deis", "karras"),
    sampled("lcm", steps=4, guidance_scale=1.0),
    case("text-euler-2-steps", steps=2),
    # Guidance, prompts, seeds, sizes.
    case("guidance-1", guidance_scale=1.0),
    case("guidance-7", guidance_scale=7.0, sampler="dpmpp-2m", spacing="karras"),
    case("guidance-empty-prompts", prompt="", negative_prompt=""),
    case("prompt-emphasis", prompt="a (red:1.8) hand [on] the (table)", guidance_scale=7.0),
    case("prompt-long", prompt=LONG, negative_prompt=""),
    case("prompt-long-emphasis-and-commas", prompt=COMMAS, negative_prompt="bad", guidance_scale=7.0),
    case("prompt-unicode", prompt="Th\u00e9 CAF\u00c9\u2019s \u4e2d \U0001f642 hand's  42", guidance_scale=7.0),
    case("prompt-long-negative", negative_prompt=LONG),
    case("seed-philox", seed_source="philox", seed=42, sampler="dpmpp-2m", spacing="karras"),
    case("seed-philox-64-bits", seed_source="philox", seed=2**40 + 7),
    case("size-96x64", size=(96, 64), sampler="euler-a"),
    # Picture to picture.
    case("picture-euler-half", picture=True, strength=0.5),
    case("picture-euler-full", picture=True, strength=1.0),
    case("picture-heun-half", picture=True, strength=0.5, sampler="heun", spacing="karras"),
    case("picture-dpm2-three-quarters", picture=True, strength=0.75, sampler="dpm2"),
    case("picture-lms-three-quarters", picture=True, strength=0.75, sampler="lms"),
    case("picture-dpmpp-2m-three-quarters", picture=True, strength=0.75, sampler="dpmpp-2m", spacing="karras"),
    case("picture-dpmpp-3m-sde-three-quarters", picture=True, strength=0.75, sampler="dpmpp-3m-sde"),
    case("picture-ddim-half", picture=True, strength=0.5, sampler="ddim"),
    case("picture-unipc-half", picture=True, strength=0.5, sampler="unipc"),
    case("picture-deis-half", picture=True, strength=0.5, sampler="deis"),
    case("picture-odd-size", picture=True, strength=0.5, size=(75, 61)),
    # Inpainting with 4 channels.
    case("mask-euler-full", mask="disc", strength=1.0),
    case("mask-euler-half-blur", mask="corner", strength=0.5, mask_blur=4.0),
    case("mask-euler-a-three-quarters-blur", mask="disc", strength=0.75, mask_blur=4.0, sampler="euler-a", size=(96, 64)),
    case("mask-heun-three-quarters", mask="box", strength=0.75, sampler="heun"),
    case("mask-dpm2-three-quarters", mask="box", strength=0.75, sampler="dpm2", spacing="karras"),
    case("mask-lms-three-quarters", mask="disc", strength=0.75, sampler="lms"),
    case("mask-dpmpp-2m-three-quarters-blur", mask="disc", strength=0.75, mask_blur=4.0, sampler="dpmpp-2m", spacing="karras", steps=12),
    case("mask-dpmpp-2m-sde-three-quarters", mask="disc", strength=0.75, sampler="dpmpp-2m-sde", spacing="karras"),
    case("mask-dpmpp-3m-sde-full", mask="box", sampler="dpmpp-3m-sde"),
    case("mask-ddim-half", mask="disc", strength=0.5, sampler="ddim"),
    case("mask-unipc-three-quarters", mask="box", strength=0.75, sampler="unipc"),
    case("mask-deis-three-quarters", mask="disc", strength=0.75, sampler="deis"),
    case("mask-lcm-full", mask="disc", sampler="lcm", steps=4, guidance_scale=1.0),
    case("mask-odd-size-blur", mask="disc", strength=0.75, mask_blur=4.0, size=(75, 61), sampler="dpmpp-2m", spacing="karras"),
    # Inpainting with 9 channels.
    case("nine-dpmpp-2m-full-blur", "sd-9ch", mask="disc", mask_blur=4.0, sampler="dpmpp-2m", spacing="karras", trace=True),
    case("nine-euler-three-quarters", "sd-9ch", mask="box", strength=0.75),
    case("nine-euler-a-full", "sd-9ch", mask="corner", sampler="euler-a"),
    case("nine-ddim-text", "sd-9ch", sampler="ddim"),
    case("nine-picture-half", "sd-9ch", picture=True, strength=0.5, sampler="dpmpp-2m"),
    case("nine-odd-size-blur", "sd-9ch", mask="disc", mask_blur=4.0, strength=0.75, size=(75, 61)),
    # Velocity prediction with zero terminal SNR, factor 4.
    case("v-euler", "sd-4ch-v", trace=True),
    case("v-euler-a-picture", "sd-4ch-v", picture=True, strength=0.75, sampler="euler-a"),
    case("v-dpmpp-2m-karras", "sd-4ch-v", sampler="dpmpp-2m", spacing="karras"),
    case("v-ddim-half", "sd-4ch-v", picture=True, strength=0.5, sampler="ddim"),
    case("v-unipc", "sd-4ch-v", sampler="unipc"),
    case("v-mask-euler-blur-odd-size", "sd-4ch-v", mask="box", strength=0.75, mask_blur=4.0, size=(75, 61)),
    case("v-mask-dpmpp-2m-full", "sd-4ch-v", mask="disc", sampler="dpmpp-2m"),
    # The older export layout.
    case("legacy-dpmpp-2m-karras", "sd-legacy", sampler="dpmpp-2m", spacing="karras", trace=True),
    case("legacy-euler-picture", "sd-legacy", picture=True, strength=0.75),
    case("legacy-mask-ddim-blur", "sd-legacy", mask="disc", strength=0.75, mask_blur=4.0, sampler="ddim"),
    # SDXL: two text encoders, pooled text, sizes; an empty negative prompt is zeros.
    case("xl-text-euler", "sdxl-4ch", trace=True),
    case("xl-text-dpmpp-2m-karras-96x64", "sdxl-4ch", size=(96, 64), sampler="dpmpp-2m", spacing="karras"),
    case("xl-no-negative", "sdxl-4ch", negative_prompt="", guidance_scale=7.0),
    case("xl-guidance-1", "sdxl-4ch", guidance_scale=1.0),
    case("xl-prompt-long-emphasis", "sdxl-4ch", prompt=LONG + COMMAS, negative_prompt="(blurry:1.4)"),
    case("xl-long-no-negative", "sdxl-4ch", prompt=LONG, negative_prompt="", sampler="euler-a"),
    case("xl-composed", "sdxl-4ch", prompt="a red hand AND two blue tables :0.6"),
    case("xl-composed-no-negative", "sdxl-4ch", prompt="one AND two", negative_prompt="", guidance_scale=1.0),
    case("xl-schedule", "sdxl-4ch", prompt="a [red hand:blue boat:0.5] by the sea", negative_prompt="[:bad:0.25] eyes", sampler="dpmpp-2m"),
    case("xl-schedule-no-negative", "sdxl-4ch", prompt="[hand:" + LONG.strip() + ":0.5]", negative_prompt=""),
    case("xl-picture-half", "sdxl-4ch", picture=True, strength=0.5, sampler="dpmpp-2m", spacing="karras"),
    case("xl-mask-three-quarters-blur", "sdxl-4ch", mask="disc", strength=0.75, mask_blur=4.0, sampler="euler-a", size=(96, 64)),
    case("xl-mask-full", "sdxl-4ch", mask="box", negative_prompt="", sampler="ddim"),
    case("xl-nine-full-blur", "sdxl-9ch", mask="disc", mask_blur=4.0, sampler="dpmpp-2m", spacing="karras", trace=True),
    case("xl-nine-three-quarters", "sdxl-9ch", mask="corner", strength=0.75, size=(96, 64)),
    case("xl-nine-text", "sdxl-9ch"),
]


def ldm(name: str, model: str, **more) -> dict:
    """A case of a one-file checkpoint: fewer steps and a smaller picture than elsewhere."""
    return case(name, model, **{"size": (48, 32), "steps": 4} | more)


HEARD = {"ldm-sdxl": {"guidance_scale": 14.0}}  # its pictures hang less on the text


def embedded(name: str, model: str, *files: str, **more) -> dict:
    return ldm(name, model, kit={"embeddings": [f"{file}.safetensors" for file in files]}, **HEARD.get(model, {}) | more)


def lora(name: str, model: str, *loras: tuple[str, float, float], vae: str | None = None, **more) -> dict:
    kit = {"loras": [[f"{file}.safetensors", *strengths] for file, *strengths in loras]}
    return ldm(name, model, kit=kit | ({"vae": vae} if vae else {}), **HEARD.get(model, {}) | more)


def controlled(name: str, model: str, *units: dict, **more) -> dict:
    """A case with ControlNets, each with what is not as usual of it; one of inpainting has its method."""
    usual = {"kind": "inpaint", "weight": 1.0, "start": 0.0, "end": 1.0, "mode": "balanced"}
    units = [usual | unit for unit in units]
    files = [unit["model"] + ("" if unit["model"].startswith("folder") else ".safetensors") for unit in units]
    method = {"method": "controlnet-inpaint"} if units[0]["kind"] == "inpaint" else {}
    return case("control-" + name, model, **{"size": (48, 32), "steps": 4, "kit": {"controls": files}, "controls": units} | method | more)


LORAS = {
    "ldm-sd1": ("kohya-sd1", "peft-sd1", "locon-sd1", "locon-mid-sd1", "loha-sd1", "lokr-sd1", "dora-sd1", "dora-convolutions-sd1", "dora-input-sd1", "diff-sd1"),
    "ldm-sd2-v": ("kohya-sd2",),
    "ldm-sdxl": ("kohya-sdxl", "peft-sdxl", "locon-sdxl", "loha-sdxl", "lokr-sdxl", "dora-sdxl"),
}

CHECKPOINT_CASES = [
    ldm("ldm-sd1-text", "ldm-sd1", trace=True),
    ldm("ldm-sd1-picture", "ldm-sd1", picture=True, strength=0.5, sampler="dpmpp-2m", spacing="karras"),
    ldm("ldm-sd1-mask-blur", "ldm-sd1", mask="disc", strength=0.75, mask_blur=2.0, size=(47, 39)),
    ldm("ldm-sd1-prompt-long-emphasis", "ldm-sd1", prompt=COMMAS + ", " + LONG, negative_prompt="(blurry:1.4), it's 'bad' & \u00e9t\u00e9 \u4e2d\u6587"),
    ldm("ldm-sd1-no-vae", "ldm-sd1-bf16-no-vae", kit={"vae": "vae-ldm.safetensors"}),
    ldm("ldm-sd1-no-vae-diffusers", "ldm-sd1-bf16-no-vae", kit={"vae": "vae-diffusers.safetensors"}, mask="disc", strength=0.75, size=(48, 48)),
    ldm("ldm-sd1-other-text", "ldm-sd1", kit={"text_encoder": "ldm-sd1-9ch.safetensors"}),
    ldm("ldm-sdxl-other-text", "ldm-sdxl", kit={"text_encoder": "ldm-sdxl-9ch.safetensors"}, mask="disc", strength=0.75, size=(48, 48)),
    ldm("ldm-sd1-other-vae", "ldm-sd1", kit={"vae": "vae-ldm.safetensors"}, picture=True, strength=0.5),
    ldm("ldm-sd1-fp8-e4m3-text", "ldm-sd1-fp8-e4m3"),
    ldm("ldm-sd1-fp8-e4m3-mask", "ldm-sd1-fp8-e4m3", mask="disc"),
    ldm("ldm-sd1-fp8-e5m2-old-text", "ldm-sd1-fp8-e5m2-old"),
    ldm("ldm-sd1-fp8-e5m2-old-picture", "ldm-sd1-fp8-e5m2-old", picture=True, strength=0.75, sampler="ddim"),
    ldm("ldm-sd1-nine-full-blur", "ldm-sd1-9ch", mask="disc", mask_blur=2.0, sampler="dpmpp-2m", spacing="karras", trace=True),
    ldm("ldm-sd1-nine-three-quarters", "ldm-sd1-9ch", mask="box", strength=0.75, size=(48, 48)),
    ldm("ldm-sd1-nine-text", "ldm-sd1-9ch"),
    ldm("ldm-sd2-v-text", "ldm-sd2-v", trace=True),
    ldm("ldm-sd2-v-mask", "ldm-sd2-v", mask="disc", strength=0.75, sampler="dpmpp-2m"),
    ldm("ldm-sd2-v-prompt-long", "ldm-sd2-v", prompt=LONG + COMMAS, negative_prompt=""),
    ldm("ldm-sdxl-text", "ldm-sdxl", trace=True),
    ldm("ldm-sdxl-no-negative", "ldm-sdxl", negative_prompt="", guidance_scale=7.0, sampler="dpmpp-2m", spacing="karras"),
    ldm("ldm-sdxl-mask-blur", "ldm-sdxl", mask="disc", strength=0.75, mask_blur=2.0, size=(47, 39)),
    ldm("ldm-sdxl-prompt-long", "ldm-sdxl", prompt=LONG + COMMAS, negative_prompt="(blurry:1.4)"),
    ldm("ldm-sdxl-nine-full-blur", "ldm-sdxl-9ch", mask="disc", mask_blur=2.0, trace=True),
    ldm("ldm-sdxl-nine-text", "ldm-sdxl-9ch"),
    ldm("ldm-sdxl-vpred-text", "ldm-sdxl-vpred", trace=True),
    ldm("ldm-sdxl-vpred-mask", "ldm-sdxl-vpred", mask="disc", strength=0.75, sampler="ddim"),
    *[case(f"{model}-{name}", model, **{"size": (48, 32), "steps": 4} | more)
      for model in ("folder-sd1", "folder-sdxl", "folder-sd1-fp16", "folder-sdxl-fp16", "folder-sd1-sharded", "folder-sdxl-sharded")
      for name, more in (("text", {}), ("mask-blur", {"mask": "disc", "strength": 0.75, "mask_blur": 2.0, "size": (45, 37)})) if model.count("-") == 1 or name == "text"],
    # Which layer of the text encoder is heard.
    ldm("clip-skip-2", "ldm-sd1", clip_skip=2),
    ldm("clip-skip-3-prompt-long-emphasis", "ldm-sd1", clip_skip=3, prompt=COMMAS + ", " + LONG),
    case("clip-skip-2-folder", "folder-sd1", clip_skip=2, size=(48, 32), steps=4),
    ldm("clip-skip-2-sdxl", "ldm-sdxl", clip_skip=2),  # not heeded
    # Textual inversion.
    embedded("embedding-vectors", "ldm-sd1", "worn-hands", prompt="a photo of worn-hands, (Worn-Hands:1.3) on a table"),
    embedded("embedding-negative", "ldm-sd1", "worn-hands", "nightsky", prompt="the nightsky", negative_prompt="worn-hands, bad"),
    embedded("embedding-prefix", "ldm-sd1", "worn-hands", prompt="embedding:worn-hands and (embedding:worn-hands:0.7) here"),
    embedded("embedding-not-divided", "ldm-sd1", "many", prompt="one two three, four five six seven eight nine ten eleven twelve thirteen many, fourteen, many of it"),
    embedded("embedding-sdxl", "ldm-sdxl", "soft light", prompt="soft light, (soft light:1.4), [hand]"),
    # LoRAs: file, strength for the UNet, strength for the text.
    *[lora(f"lora-{name}", base, (name, 1.0, 1.0)) for base, names in LORAS.items() for name in names],
    lora("lora-strengths", "ldm-sd1", ("kohya-sd1", 0.6, -0.5)),
    lora("lora-two", "ldm-sd1", ("kohya-sd1", 0.7, 0.7), ("loha-sd1", 0.5, 0.0)),
    lora("lora-zero", "ldm-sd1", ("kohya-sd1", 0.0, 0.0)),
    lora("lora-dora-half", "ldm-sd1", ("dora-sd1", 0.5, 0.5)),
    lora("lora-fp8", "ldm-sd1-fp8-e4m3", ("lokr-sd1", 0.8, 0.8)),
    lora("lora-bf16-mask", "ldm-sd1-bf16-no-vae", ("locon-sd1", 0.8, 0.8), vae="vae-ldm.safetensors", mask="disc", strength=0.75, size=(48, 48)),
    lora("lora-sdxl-strengths", "ldm-sdxl", ("kohya-sdxl", 0.5, 1.0), ("dora-sdxl", 0.5, 0.5)),
    lora("lora-nine", "ldm-sd1-9ch", ("kohya-sd1", 0.8, 0.8), mask="disc", mask_blur=2.0),
    # The same of ONNX exports, whose weights lie turned and without names.
    *[lora(f"lora-onnx-{name}", "onnx-sdxl" if "xl" in name else "onnx-sd1", (name, 1.0, 1.0), size=(64, 32)) for name in ("folder-sd1", "folder-dora-sd1", "folder-diff-sd1", "folder-sdxl")],
    lora("lora-onnx-strengths", "onnx-sd1", ("folder-sd1", 0.6, -0.5), ("folder-dora-sd1", 0.5, 0.5), size=(64, 32)),
    # ControlNets.
    controlled("sd1-text", "ldm-sd1", {"model": "sd1", "kind": "canny"}, looks=("picture",)),
    controlled("sd1-picture", "ldm-sd1", {"model": "sd1-tile", "kind": "tile"}, picture=True, strength=0.5, sampler="dpmpp-2m", spacing="karras"),
    controlled("sd1-grey", "ldm-sd1", {"model": "sd1-tile", "kind": "grey"}, picture=True, size=(47, 39)),
    controlled("sd1-mask-blur", "ldm-sd1", {"model": "sd1"}, mask="disc", strength=0.75, mask_blur=2.0, size=(47, 39)),
    controlled("sd1-mask-full", "ldm-sd1", {"model": "sd1"}, mask="disc", sampler="euler-a", size=(48, 48)),
    controlled("sd1-nine", "ldm-sd1-9ch", {"model": "sd1"}, mask="disc", mask_blur=2.0, sampler="dpmpp-2m"),
    controlled("sd1-half", "ldm-sd1", {"model": "sd1", "weight": 0.5}, mask="disc"),
    controlled("sd1-range", "ldm-sd1", {"model": "sd1", "start": 0.2, "end": 0.8}, mask="disc", steps=8),
    controlled("sd1-late-half", "ldm-sd1", {"model": "sd1", "kind": "as-is", "start": 0.5}, looks=("picture",), picture=True, strength=0.75, steps=8),
    controlled("sd1-two", "ldm-sd1", {"model": "sd1", "weight": 0.7}, {"model": "sd1-tile", "kind": "canny", "weight": 0.6, "end": 0.5}, looks=(None, "picture"), mask="disc", strength=0.75),
    controlled("sd1-prompt-leads", "ldm-sd1", {"model": "sd1", "kind": "pose", "mode": "prompt"}, looks=("pose",)),
    controlled("sd1-control-leads", "ldm-sd1", {"model": "sd1", "kind": "pose", "mode": "control"}, looks=("pose",), guidance_scale=6.0),
    controlled("sd1-composed", "ldm-sd1", {"model": "sd1", "kind": "pose", "mode": "control"}, looks=("pose",), prompt="a red hand AND two blue tables :0.6"),
    controlled("sd2-v-mask", "ldm-sd2-v", {"model": "sd2"}, mask="disc", strength=0.75, sampler="ddim"),
    controlled("sdxl-text", "ldm-sdxl", {"model": "sdxl", "kind": "canny"}, looks=("picture",)),
    controlled("sdxl-mask-blur", "ldm-sdxl", {"model": "sdxl-ldm"}, mask="disc", strength=0.75, mask_blur=2.0, negative_prompt="", size=(47, 39)),
    controlled("union-mask", "ldm-sdxl", {"model": "union-sdxl"}, mask="disc", strength=0.75, size=(48, 48)),
    controlled("union-canny", "ldm-sdxl", {"model": "union-sdxl", "kind": "canny"}, looks=("picture",)),
    controlled("union-two", "ldm-sdxl", {"model": "union-sdxl"}, {"model": "union-sdxl", "kind": "pose", "weight": 0.5}, looks=(None, "pose"), mask="disc", size=(48, 48)),
    controlled("folder-sd1-mask", "folder-sd1", {"model": "folder-sd1"}, mask="disc", mask_blur=2.0, strength=0.75, size=(45, 37)),
]

"""A Stable Diffusion 1.5 of real size with random weights, by several engines in turns: `python benches/real.py --program target/release/pentimento`; `--sdxl` an SDXL, by the program alone.

Makes the checkpoint (fp16, 2.1 GB; SDXL 6.9 GB) and the plain ONNX export of Stable Diffusion 1.5's UNet (fp32, 3.4 GB) once, in a folder of its own outside the repository; each engine is a process of its own, so that its peak of memory is its own too.
Needs what `tests/golden/requirements.txt` lists; `--openvino PYTHON` is a Python with `onnxruntime-openvino`, for the row of OpenVINO alone.
A guided step is two evaluations of the UNet at 64 x 64 latents (SDXL: 128 x 128), one by one.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when ONNX Runtime is imported
STEPS = 3


def parts(xl: bool = False):
    """The modules, with PyTorch's own first weights; the second text encoder is SDXL's."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    def config(width: int, layers: int, heads: int, activation: str):
        return CLIPTextConfig(
            vocab_size=49408, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers, num_attention_heads=heads, projection_dim=width,
            hidden_act=activation, bos_token_id=49406, eos_token_id=49407, pad_token_id=49407,
        )

    torch.manual_seed(0)
    torch.set_default_dtype(torch.float16)
    text, text_2 = CLIPTextModel(config(768, 12, 12, "quick_gelu")), None
    if xl:
        text_2 = CLIPTextModelWithProjection(config(1280, 32, 20, "gelu"))
        down = ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D")
        unet = UNet2DConditionModel(
            sample_size=128, cross_attention_dim=2048, block_out_channels=(320, 640, 1280), down_block_types=down,
            up_block_types=tuple(block.replace("Down", "Up") for block in reversed(down)), transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20),
            use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
        )
    else:
        unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    blocks = dict(down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)
    vae = AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, norm_num_groups=32, **blocks)
    torch.set_default_dtype(torch.float32)
    return text, unet, vae, text_2


def make_checkpoint(path: Path, xl: bool) -> None:
    if path.exists():
        return
    sys.path.insert(0, str(HERE.parent / "tests/golden"))
    import checkpoints
    from safetensors.torch import save_file

    text, unet, vae, text_2 = parts(xl)
    name, depths = ("sdxl", (0, 2, 10)) if xl else ("sd15", (1, 1, 1, 0))
    family = checkpoints.Family(name, seed=1, factor=8, xl=xl, family="sdxl" if xl else "sd1", layers=2, depths=depths)
    model = checkpoints.Checkpoint(family, None, text, unet, vae, 0.13025 if xl else 0.18215, None, text_2)
    save_file(checkpoints.ldm(model, checkpoints.File(name)), path)


def make_export(path: Path) -> None:
    """The plain export of SD 1.5's UNet."""
    if path.exists():
        return
    import torch

    _, unet, _, _ = parts()
    path.parent.mkdir(exist_ok=True)
    inputs = (torch.randn(1, 4, 64, 64), torch.tensor(1.0), torch.randn(1, 77, 768))
    with torch.no_grad():
        torch.onnx.export(unet.float(), inputs, str(path), input_names=["sample", "timestep", "context"], output_names=["out"], opset_version=18, dynamo=False)


def timed(run, count: int) -> list[float]:
    run()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def bare(folder: Path, providers: list) -> dict:
    """ONNX Runtime alone on the plain export."""
    import numpy as np
    import onnxruntime as ort

    start = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    session = ort.InferenceSession(folder / "unet/model.onnx", options, providers=providers)
    load = time.perf_counter() - start
    values = np.random.default_rng(0)
    feeds = {"sample": values.standard_normal((1, 4, 64, 64), np.float32), "timestep": np.array(500, np.float32), "context": values.standard_normal((1, 77, 768), np.float32)}
    feeds = {port.name: feeds[port.name] for port in session.get_inputs()}
    return {"load": load, "steps": timed(lambda: [session.run(None, feeds) for _ in range(2)], STEPS)}


def diffusers(folder: Path) -> dict:
    import torch

    start = time.perf_counter()
    _, unet, vae, _ = parts()
    unet, vae = unet.float().eval(), vae.float().eval()
    load = time.perf_counter() - start
    sample, context, latents = torch.randn(1, 4, 64, 64), torch.randn(1, 77, 768), torch.randn(1, 4, 64, 64)
    with torch.no_grad():
        steps = timed(lambda: [unet(sample, 500, context) for _ in range(2)], STEPS)
        decode = timed(lambda: vae.decode(latents), 1)[0]
    return {"load": load, "steps": steps, "decode": decode}


def program(folder: Path, binary: str, device: str, xl: bool) -> dict:
    model, size, steps = ("sdxl", 1024, 2) if xl else ("sd15", 512, STEPS + 1)
    with tempfile.TemporaryDirectory() as scratch:
        command = [binary, "repaint", "--json", "--device", device, "--model", folder / f"{model}.safetensors", "--size", f"{size}x{size}", "--prompt", "a hand"]
        command += ["--negative", "none", "--steps", str(steps), "--sampler", "euler", "--seed", "1", "--out", Path(scratch) / "out.png"]
        line = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    ms = json.loads(line)["ms"]
    return {"load": ms["load"] / 1e3, "text": ms["text"] / 1e3, "steps": [step / 1e3 for step in ms["steps"][1:]], "decode": ms["decode"] / 1e3}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "pentimento-real")
    arguments.add_argument("--program", default="target/release/pentimento")
    arguments.add_argument("--openvino", help="a Python that has onnxruntime-openvino")
    arguments.add_argument("--sdxl", action="store_true")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--engine", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    engines = {
        "bare": lambda: bare(options.folder, ["CPUExecutionProvider"]),
        "openvino": lambda: bare(options.folder, [("OpenVINOExecutionProvider", {"device_type": "CPU"})]),
        "diffusers": lambda: diffusers(options.folder),
        "program cpu": lambda: program(options.folder, options.program, "cpu", options.sdxl),
        "program openvino": lambda: program(options.folder, options.program, "openvino", options.sdxl),
    }
    if options.sdxl:
        engines = {"program cpu": engines["program cpu"]}
    if options.engine:
        found = engines[options.engine]()
        who = resource.RUSAGE_CHILDREN if options.engine.startswith("program") else resource.RUSAGE_SELF
        print(json.dumps(found | {"peak": resource.getrusage(who).ru_maxrss / 1e6}))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    make_checkpoint(options.folder / ("sdxl.safetensors" if options.sdxl else "sd15.safetensors"), options.sdxl)
    if not options.sdxl:
        make_export(options.folder / "unet/model.onnx")
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    print(f"{'engine':18} {'load s':>7} {'guided step s':>22} {'decode s':>9} {'peak GB':>8}")
    for _ in range(options.rounds):
        for engine in engines:
            if engine == "openvino" and not options.openvino:
                continue
            python = options.openvino if engine == "openvino" else sys.executable
            command = [python, __file__, "--folder", options.folder, "--program", options.program, "--engine", engine, *["--sdxl"] * options.sdxl]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode:
                print(f"{engine:18} failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            found = json.loads(done.stdout.strip().splitlines()[-1])
            steps = " ".join(f"{step:.2f}" for step in found["steps"])
            decode = f"{found['decode']:.2f}" if "decode" in found else ""
            print(f"{engine:18} {found['load']:7.1f} {steps:>22} {decode:>9} {found['peak']:8.1f}", flush=True)


if __name__ == "__main__":
    main()

"""A Stable Diffusion 1.5 of real size with random weights, by several engines in turns: `python benches/real.py --program target/release/pentimento`.

Makes the checkpoint (fp16, 2.1 GB) and the plain ONNX export of its UNet (fp32, 3.4 GB) once, in a folder of its own outside the repository; each engine is a process of its own, so that its peak of memory is its own too.
Needs what `tests/golden/requirements.txt` lists; `--openvino PYTHON` is a Python with `onnxruntime-openvino`, for the row of OpenVINO alone.
A guided step is two evaluations of the UNet at 64 x 64 latents, one by one.
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


def parts():
    """The modules, with PyTorch's own first weights."""
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    torch.set_default_dtype(torch.float16)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768,
        hidden_act="quick_gelu", bos_token_id=49406, eos_token_id=49407, pad_token_id=49407,
    ))
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    blocks = dict(down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)
    vae = AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, norm_num_groups=32, **blocks)
    torch.set_default_dtype(torch.float32)
    return text, unet, vae


def make(folder: Path) -> None:
    checkpoint, export = folder / "sd15.safetensors", folder / "unet" / "model.onnx"
    if checkpoint.exists() and export.exists():
        return
    sys.path.insert(0, str(HERE.parent / "tests/golden"))
    import checkpoints
    import torch
    from safetensors.torch import save_file

    text, unet, vae = parts()
    family = checkpoints.Family("sd15", seed=1, factor=8, layers=2, depths=(1, 1, 1, 0))
    model = checkpoints.Checkpoint(family, None, text, unet, vae, 0.18215, None, None)
    save_file(checkpoints.ldm(model, checkpoints.File("sd15")), checkpoint)
    export.parent.mkdir(exist_ok=True)
    inputs = (torch.randn(1, 4, 64, 64), torch.tensor(1.0), torch.randn(1, 77, 768))
    with torch.no_grad():
        torch.onnx.export(unet.float(), inputs, str(export), input_names=["sample", "timestep", "context"], output_names=["out"], opset_version=18, dynamo=False)


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
    _, unet, vae = (module.float().eval() for module in parts())
    load = time.perf_counter() - start
    sample, context, latents = torch.randn(1, 4, 64, 64), torch.randn(1, 77, 768), torch.randn(1, 4, 64, 64)
    with torch.no_grad():
        steps = timed(lambda: [unet(sample, 500, context) for _ in range(2)], STEPS)
        decode = timed(lambda: vae.decode(latents), 1)[0]
    return {"load": load, "steps": steps, "decode": decode}


def program(folder: Path, binary: str, device: str) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        command = [binary, "repaint", "--json", "--device", device, "--model", folder / "sd15.safetensors", "--size", "512x512", "--prompt", "a hand"]
        command += ["--negative", "none", "--steps", str(STEPS + 1), "--sampler", "euler", "--seed", "1", "--out", Path(scratch) / "out.png"]
        line = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    ms = json.loads(line)["ms"]
    return {"load": ms["load"] / 1e3, "steps": [step / 1e3 for step in ms["steps"][1:]], "decode": ms["decode"] / 1e3}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "pentimento-real")
    arguments.add_argument("--program", default="target/release/pentimento")
    arguments.add_argument("--openvino", help="a Python that has onnxruntime-openvino")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--engine", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    engines = {
        "bare": lambda: bare(options.folder, ["CPUExecutionProvider"]),
        "openvino": lambda: bare(options.folder, [("OpenVINOExecutionProvider", {"device_type": "CPU"})]),
        "diffusers": lambda: diffusers(options.folder),
        "program cpu": lambda: program(options.folder, options.program, "cpu"),
        "program openvino": lambda: program(options.folder, options.program, "openvino"),
    }
    if options.engine:
        found = engines[options.engine]()
        who = resource.RUSAGE_CHILDREN if options.engine.startswith("program") else resource.RUSAGE_SELF
        print(json.dumps(found | {"peak": resource.getrusage(who).ru_maxrss / 1e6}))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    make(options.folder)
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    print(f"{'engine':18} {'load s':>7} {'guided step s':>22} {'decode s':>9} {'peak GB':>8}")
    for _ in range(options.rounds):
        for engine in engines:
            if engine == "openvino" and not options.openvino:
                continue
            python = options.openvino if engine == "openvino" else sys.executable
            command = [python, __file__, "--folder", options.folder, "--program", options.program, "--engine", engine]
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

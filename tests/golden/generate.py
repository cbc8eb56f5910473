"""Writes `models/` (tiny pipelines as ONNX) and `cases/` (recipe, inputs, reference picture): `python tests/golden/generate.py`.

`--only TEXT` computes the cases whose names contain TEXT and leaves the rest, and the models that exist, as they are.
`--sheet PATH` writes every reference picture into one, to be looked at.
"""

import argparse
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

warnings.filterwarnings("ignore")  # tracing and diffusers' own deprecations

import reference  # noqa: E402
import checkpoints  # noqa: E402
import controls  # noqa: E402
import embeddings  # noqa: E402
import loras  # noqa: E402
from cases import CASES, CHECKPOINT_CASES  # noqa: E402
from layouts import Graphs, export  # noqa: E402
from pictures import case_look, case_mask, case_picture  # noqa: E402
from tiny_models import VARIANTS, build  # noqa: E402

HERE = Path(__file__).parent
NUDGE = 1e-4  # of the noise's deviation


def write_case(model, graphs: Graphs | None, entry: dict, cases: Path = HERE / "cases") -> np.ndarray:
    """Computes one case, writes its folder, prints how well conditioned it is, and returns the picture."""
    folder = cases / entry["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    width, height = entry["size"]
    described = {"model": entry["model"] if entry["model"] in checkpoints.EXPORTS else model.variant.name, **entry["kit"], "recipe": entry["recipe"]}
    picture = mask = None
    if entry["picture"]:
        picture = case_picture(height, width)
        Image.fromarray(picture).save(folder / "image.png", optimize=True)
        described["image"] = "image.png"
    else:
        described["size"] = [width, height]
    if entry["mask"]:
        mask = case_mask(entry["mask"], height, width)
        Image.fromarray(mask).save(folder / "mask.png", optimize=True)
        described["mask"] = "mask.png"
    looks = [None if kind is None else case_look(kind, height, width) for kind in entry["looks"]]
    for index, look in enumerate(looks):
        if look is not None:
            Image.fromarray(look).save(folder / f"look-{index}.png", optimize=True)
    if looks:
        described["control_pictures"] = [None if look is None else f"look-{index}.png" for index, look in enumerate(looks)]
    result, trace = reference.repaint(model, entry["recipe"], picture, mask, (width, height), looks=looks)
    nudged, _ = reference.repaint(model, entry["recipe"], picture, mask, (width, height), NUDGE, looks)
    through_graphs = reference.repaint(graphs, entry["recipe"], picture, mask, (width, height), looks=looks)[0] if graphs else result
    Image.fromarray(result).save(folder / "expected.png", optimize=True)
    (folder / "case.json").write_text(json.dumps(described, indent=2) + "\n")
    if entry["trace"]:
        save_file({key: value.contiguous().clone() for key, value in trace.items()}, folder / "trace.safetensors")
    change, slip = (np.abs(result.astype(int) - other).max() for other in (nudged, through_graphs))
    assert slip <= 1, "the exported graphs make another picture than the modules"
    clipped = ((result == 0) | (result == 255)).mean()
    print(f"  {entry['name']:42} deviation {result.std():5.1f}, clipped {clipped:4.0%}, noise off by {NUDGE}: {change} levels, through ONNX Runtime: {slip}")
    return result


def write_checkpoint_cases(only: str) -> list[np.ndarray]:
    """Writes the checkpoints that are not there and the cases whose names contain `only`."""
    models, wanted = HERE / "models", [entry for entry in CHECKPOINT_CASES if only in entry["name"]]
    made = {}

    def fitted(name: str, folder: Path | None = None):
        if name not in made:
            print(name)
            made[name] = checkpoints.fitted(next(family for family in checkpoints.MODELS if family.name == name), folder)
        return made[name]

    for name, how in checkpoints.FILES.items():
        if not (models / f"{name}.safetensors").exists():
            checkpoints.write_file(name, how, fitted(how.model), models)
    for name, (model, kind) in checkpoints.VAES.items():
        if not (models / f"{name}.safetensors").exists():
            checkpoints.write_vae(name, kind, fitted(model), models)
    for name, (model, *_) in checkpoints.FOLDERS.items():
        if not (models / name).exists():
            checkpoints.write_folder(name, fitted(model, models / name), models / name)
    for name in checkpoints.EXPORTS:
        if not (models / name).exists():
            checkpoints.write_export(name, models)
    for name in embeddings.EMBEDDINGS:
        embeddings.write(name, HERE / "embeddings")
    (HERE / "embeddings" / "rows.json").write_text(json.dumps(embeddings.rows(HERE / "embeddings")) + "\n")
    for name, how in loras.LORAS.items():
        if not (HERE / "loras" / f"{name}.safetensors").exists():
            plain = lambda base=how.base: opened({"model": base, "kit": {}, "recipe": {}}, models)  # noqa: E731
            loras.write(name, plain(), HERE / "loras")
            print("  " + loras.check(name, HERE / "loras", plain))
    for name, how in controls.CONTROLS.items():
        path = HERE / "controls" / name
        if not (path if how.style == "folder" else path.with_suffix(".safetensors")).exists():
            controls.write(name, opened({"model": how.base, "kit": {}, "recipe": {}}, models), HERE / "controls")
    pictures = []
    for entry in wanted:
        model = opened(entry, models)
        pictures.append(write_case(model, None, entry, HERE / "checkpoint-cases"))
    return pictures


def opened(entry: dict, models: Path) -> checkpoints.Checkpoint:
    """The model of a case, with what the case loads it with."""
    name, kit = entry["model"], entry["kit"]
    name = checkpoints.EXPORTS[name][0] if name in checkpoints.EXPORTS else name
    model = checkpoints.read_folder(name, models / name) if name in checkpoints.FOLDERS else checkpoints.read(name, models, kit.get("vae"), kit.get("text_encoder"))
    model.clip_skip = entry["recipe"].get("clip_skip", 1)
    for file, unet, text in kit.get("loras", []):
        loras.load(model, HERE / "loras" / file, unet, text)
    model.controls = {Path(file).stem: controls.read(Path(file).stem, model, HERE / "controls") for file in kit.get("controls", [])}
    for file in kit.get("embeddings", []):
        embeddings.load(model, HERE / "embeddings" / file)
    return model


def write_sheet(pictures: list[np.ndarray], path: Path) -> None:
    columns, cell = 12, 100
    sheet = np.full((-(-len(pictures) // columns) * cell, columns * cell, 3), 40, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * cell, i % columns * cell
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    Image.fromarray(sheet).save(path)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--sheet", type=Path)
    options = arguments.parse_args()
    torch.set_num_threads(1)  # sums in one order, whatever the machine
    if not options.only:
        shutil.rmtree(HERE / "models", ignore_errors=True)
        shutil.rmtree(HERE / "cases", ignore_errors=True)
        for made in ("checkpoint-cases", "loras", "embeddings", "controls"):
            shutil.rmtree(HERE / made, ignore_errors=True)
    pictures = []
    for variant in VARIANTS:
        wanted = [entry for entry in CASES if entry["model"] == variant.name and options.only in entry["name"]]
        if not wanted:
            continue
        print(variant.name)
        model = build(variant, HERE / "models" / variant.name)
        if not (HERE / "models" / variant.name / "model_index.json").exists():
            export(model, HERE / "models" / variant.name)
        graphs = Graphs(model, HERE / "models" / variant.name)
        pictures += [write_case(model, graphs, entry) for entry in wanted]
    pictures += write_checkpoint_cases(options.only)
    if options.sheet:
        write_sheet(pictures, options.sheet)


if __name__ == "__main__":
    main()

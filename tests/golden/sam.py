"""Tiny random exports in each layout of the Segment Anything family, and what ONNX Runtime answers when they are fed as their authors feed them.

```
venv/bin/python tests/golden/sam.py
```

The graphs have the inputs and outputs of the real exports and no more: a mask is some of what the encoder saw, and a hill for each point whose height its label tells. A score is whole numbers of labels and sizes in sixteenths, so that it is the same to the bit where these are.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file

OUT = Path(__file__).parent / "sam"
STEP = 31  # of the logits one in so many is kept, along each side
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
HEIGHTS = [1.5, -4.0, 6.0, 2.0, 3.0]  # of a hill whose label is -1, 0, 1, 2, 3

PICTURES = {"small": (300, 200), "large": (1300, 500)}
# points of label 1, points of label 0, a box, whether the best mask of the first prompt is heard too
PROMPTS = {
    "point": ([(120, 80)], [], None, False),
    "more": ([(120, 80), (40, 150)], [(200, 20)], None, True),
    "box": ([], [], (30, 20, 210, 160), False),
    "both": ([(100, 90)], [(60, 30)], (30, 20, 210, 160), False),
}


def picture(wide: int, high: int) -> np.ndarray:
    y, x = np.mgrid[0:high, 0:wide]
    pixels = np.stack([x * 255 // wide, y * 255 // high, np.full_like(x, 90)], 2)
    pixels[high // 4 : high // 2, wide // 4 : wide // 2] = [230, 180, 150]
    return pixels.astype(np.uint8)


class Eye(torch.nn.Module):
    """What it makes of `[1, 3, side, side]` as wide as `side / stride`, for each stride."""

    def __init__(self, *strides: int):
        super().__init__()
        torch.manual_seed(len(strides))
        self.strides = strides
        self.mix = torch.nn.ModuleList(torch.nn.Conv2d(3, 2, 1) for _ in strides)

    def forward(self, x):
        return tuple(mix(F.avg_pool2d(x, stride)) for stride, mix in zip(self.strides, self.mix))


class Raw(Eye):
    """`[h, w, 3]` from 0 to 255 in one corner of the frame."""

    def forward(self, x):
        x = (x.permute(2, 0, 1)[None] / 255 - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
        x = F.pad(x, (0, 1024 - x.shape[3], 0, 1024 - x.shape[2]))
        return super().forward(x)[0]


class Noisy(Eye):
    """Sees something else each time."""

    def forward(self, x):
        seen = super().forward(x)[0]
        return seen + torch.randn_like(seen)


class Any(Eye):
    """`[1, 3, h, w]` from 0 to 1, stretched."""

    def forward(self, x):
        x = F.interpolate(x, (1024, 1024), mode="bilinear", align_corners=False)
        return super().forward((x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None])[0]


def answer(embeddings, points, labels, frame, count=3, size=None):
    """Masks `[1, count, low, low]` and scores `[1, count]` for points `[1, n, 2]` of a frame."""
    low = embeddings[0].shape[-1] if len(embeddings) > 1 and embeddings[0].shape[-1] > 128 else 256
    seen = [F.interpolate(one, (low, low), mode="bilinear", align_corners=False).sum(1, keepdim=True) for one in embeddings]
    at = (torch.arange(low).float() + 0.5) / low
    labels = labels.float()
    x, y = (points[..., 0] + 0.5) / frame, (points[..., 1] + 0.5) / frame
    height = sum((labels == label).float() * value for label, value in zip(range(-1, 4), HEIGHTS))
    across, down = at[None, None, None, :] - x[:, :, None, None], at[None, None, :, None] - y[:, :, None, None]
    hills = (height[:, :, None, None] * torch.exp(-30 * (across**2 + down**2))).sum(1, keepdim=True)
    masks = torch.cat([sum(seen) * (0.5 + index) + hills - index for index in range(count)], 1)
    whole = ((labels + 2) * 7).sum(1, keepdim=True)
    if size is not None:
        whole = whole + (size.float() * torch.tensor([3.0, 5.0])).sum()
    scores = torch.cat([torch.fmod(whole * (2 * index + 1), 17.0) / 16 for index in range(count)], 1)
    return masks, scores


class Official(torch.nn.Module):
    def __init__(self, count: int):
        super().__init__()
        self.count = count

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input, orig_im_size):
        low, scores = answer([image_embeddings], point_coords, point_labels, 1024, self.count, orig_im_size)
        low = low + mask_input * has_mask_input * 0.25
        # As `mask_postprocessing` of segment-anything.
        size = orig_im_size.to(torch.float32)
        inner = torch.floor(1024.0 / torch.max(size) * size + 0.5).to(torch.int64)
        masks = F.interpolate(low, (1024, 1024), mode="bilinear", align_corners=False)
        masks = masks[..., : inner[0], : inner[1]]
        size = orig_im_size.to(torch.int64)
        return F.interpolate(masks, (size[0], size[1]), mode="bilinear", align_corners=False), scores, low


class Broken(Official):
    """Gives no numbers."""

    def forward(self, *inputs):
        masks, scores, low = super().forward(*inputs)
        return masks * (torch.log(inputs[4] - 1)), scores, low


class Sam2(torch.nn.Module):
    def forward(self, image_embed, high_res_feats_0, high_res_feats_1, point_coords, point_labels, mask_input, has_mask_input):
        masks, scores = answer([high_res_feats_0, high_res_feats_1, image_embed], point_coords, point_labels, 1024)
        return masks + mask_input * has_mask_input * 0.25, scores


class Efficient(torch.nn.Module):
    def forward(self, image_embeddings, batched_point_coords, batched_point_labels, orig_im_size):
        scale = 1024 / torch.flip(orig_im_size.to(torch.float32), [0])
        low, scores = answer([image_embeddings], batched_point_coords[:, 0] * scale, batched_point_labels[:, 0], 1024, size=orig_im_size)
        masks = F.interpolate(low, (orig_im_size[0], orig_im_size[1]), mode="bilinear", align_corners=False)
        return masks[:, None], scores[:, None]


class Transformers(torch.nn.Module):
    def forward(self, input_points, input_labels, image_embeddings, image_positional_embeddings):
        masks, scores = answer([image_embeddings, image_positional_embeddings * 0.5], input_points[:, 0], input_labels[:, 0], 1024)
        return scores[:, None], masks[:, None]


class Transformers2(torch.nn.Module):
    def __init__(self, frame: int):
        super().__init__()
        self.frame = frame

    def forward(self, input_points, input_labels, input_boxes, first, second, third):
        masks, scores = answer([first, second, third], input_points[:, 0], input_labels[:, 0], self.frame)
        return scores[:, None], masks[:, None] + input_boxes.sum(), torch.ones(1, 1, 1)


def export(module, inputs, path: Path, names, outputs, dynamic) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {axis: f"{name}_{axis}" for axis in free} for name, free in dynamic.items()}
    torch.onnx.export(module.eval(), inputs, path, input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False, do_constant_folding=False)


def zeros(*shape, of=torch.float32):
    return torch.zeros(shape, dtype=of)


def points(nested: bool, labels=torch.float32):
    one = (1,) if nested else ()
    return zeros(1, *one, 2, 2), torch.ones(1, *one, 2).to(labels)


OFFICIAL = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"]
OFFICIAL_OUT = ["masks", "iou_predictions", "low_res_masks"]


def official(path: Path, count: int, module=Official) -> None:
    inputs = (zeros(1, 2, 64, 64), *points(False), zeros(1, 1, 256, 256), zeros(1), torch.tensor([200.0, 300.0]))
    export(module(count), inputs, path, OFFICIAL, OFFICIAL_OUT, {"point_coords": [1], "point_labels": [1], "masks": [2, 3]})


def write() -> None:
    export(Raw(16), zeros(640, 1024, 3), OUT / "mobile/mobile_sam_image_encoder.onnx", ["input_image"], ["image_embeddings"], {"input_image": [0, 1]})
    official(OUT / "mobile/sam_mask_decoder_single.onnx", 1)
    official(OUT / "mobile/sam_mask_decoder_multi.onnx", 3)
    export(Noisy(16), zeros(1, 3, 1024, 1024), OUT / "noisy/encoder.onnx", ["image"], ["image_embeddings"], {})
    official(OUT / "noisy/decoder.onnx", 1)
    official(OUT / "broken/decoder.onnx", 1, Broken)
    # Sides beyond all memory.
    for name, axes in [("broken/decoder.onnx", (2, 3)), ("noisy/encoder.onnx", (2, 3))]:
        graph = onnx.load(OUT / name)
        fed = next(port for port in graph.graph.input if port.name in ("mask_input", "image"))
        for axis in axes:
            fed.type.tensor_type.shape.dim[axis].dim_value = 900_000
        path = OUT / "huge" / Path(name).name
        path.parent.mkdir(exist_ok=True)
        onnx.save(graph, path)
    export(Eye(16), zeros(1, 3, 1024, 1024), OUT / "vit/sam_vit_b.encoder.onnx", ["images"], ["embeddings"], {})
    official(OUT / "vit/sam_vit_b.decoder.onnx", 4)
    names = ["high_res_feats_0", "high_res_feats_1", "image_embed"]
    export(Eye(4, 8, 16), zeros(1, 3, 1024, 1024), OUT / "sam2/sam2_hiera_tiny.encoder.onnx", ["image"], names, {})
    inputs = (zeros(1, 2, 64, 64), zeros(1, 2, 256, 256), zeros(1, 2, 128, 128), *points(False), zeros(1, 1, 256, 256), zeros(1))
    names = ["image_embed", "high_res_feats_0", "high_res_feats_1", *OFFICIAL[1:5]]
    export(Sam2(), inputs, OUT / "sam2/sam2_hiera_tiny.decoder.onnx", names, OFFICIAL_OUT[:2], {"point_coords": [0, 1], "point_labels": [0, 1]})
    export(Any(16), zeros(1, 3, 200, 300), OUT / "efficient/efficient_sam_vitt_encoder.onnx", ["batched_images"], ["image_embeddings"], {"batched_images": [0, 2, 3]})
    names = ["image_embeddings", "batched_point_coords", "batched_point_labels", "orig_im_size"]
    inputs = (zeros(1, 2, 64, 64), *points(True), torch.tensor([200, 300]))
    free = {"batched_point_coords": [2], "batched_point_labels": [2], "output_masks": [0, 1, 2, 3, 4]}
    export(Efficient(), inputs, OUT / "efficient/efficient_sam_vitt_decoder.onnx", names, ["output_masks", "iou_predictions"], free)
    names = ["image_embeddings", "image_positional_embeddings"]
    folder = OUT / "transformers/onnx"
    export(Eye(16, 16), zeros(1, 3, 1024, 1024), folder / "vision_encoder.onnx", ["pixel_values"], names, {"pixel_values": [0]})
    free = {"input_points": [1, 2], "input_labels": [1, 2]}
    inputs = (*points(True, torch.int64), zeros(1, 2, 64, 64), zeros(1, 2, 64, 64))
    export(Transformers(), inputs, folder / "prompt_encoder_mask_decoder.onnx", ["input_points", "input_labels", *names], ["iou_scores", "pred_masks"], free)
    config = {"do_normalize": True, "image_mean": MEAN.tolist(), "image_std": STD.tolist(), "pad_size": {"height": 1024, "width": 1024}, "size": {"longest_edge": 1024}}
    (folder.parent / "preprocessor_config.json").write_text(json.dumps(config))
    names = [f"image_embeddings.{index}" for index in range(3)]
    for name, side, strides in [("sam2-transformers", 1024, (4, 8, 16)), ("sam3", 1008, (7, 14, 28))]:
        folder = OUT / name / "onnx"
        export(Eye(*strides), zeros(1, 3, side, side), folder / "vision_encoder.onnx", ["pixel_values"], names, {"pixel_values": [0]})
        seen = [zeros(1, 2, side // stride, side // stride) for stride in strides]
        inputs = (*points(True, torch.int64), zeros(1, 0, 4), *seen)
        outputs = ["iou_scores", "pred_masks", "object_score_logits"]
        export(Transformers2(side), inputs, folder / "prompt_encoder_mask_decoder.onnx", ["input_points", "input_labels", "input_boxes", *names], outputs, {**free, "input_boxes": [1]})


def resized(image: Image.Image, wide: int, high: int) -> np.ndarray:
    return np.asarray(image.resize((wide, high), Image.BILINEAR), np.float32)


def normalised(pixels: np.ndarray, mean=MEAN, std=STD) -> np.ndarray:
    return ((pixels / np.float32(255) - mean) / std).transpose(2, 0, 1)[None]


def sessions(*names: str):
    return [onnxruntime.InferenceSession(OUT / name, providers=["CPUExecutionProvider"]) for name in names]


def longest(wide: int, high: int, side=1024):
    scale = side / max(wide, high)
    return int(wide * scale + 0.5), int(high * scale + 0.5)


def prompt_of(positive, negative, box, scale, pad):
    coords = [] if box is None else [box[:2], box[2:]]
    labels = [] if box is None else [2, 3]
    coords, labels = coords + positive + negative, labels + [1] * len(positive) + [0] * len(negative)
    coords = [(x * scale[0], y * scale[1]) for x, y in coords]
    if pad:
        coords, labels = coords + [(0, 0)], labels + [-1]
    return np.float32(coords), np.float32(labels)


def official_answers(image, encoder, decoder, feed, prompts):
    encoder, decoder = sessions(encoder, decoder)
    wide, high = image.size
    inner = longest(wide, high)
    embedding = encoder.run(None, {encoder.get_inputs()[0].name: feed(resized(image, *inner))})[0]
    scale = inner[0] / wide, inner[1] / high
    size = (wide, high) if max(wide, high) <= 1024 else inner
    low = None
    for positive, negative, box, again in prompts:
        coords, labels = prompt_of(positive, negative, box, scale, box is None)
        has = again and low is not None
        inputs = {"image_embeddings": embedding, "point_coords": coords[None], "point_labels": labels[None]}
        inputs |= {"mask_input": low if has else np.zeros((1, 1, 256, 256), np.float32), "has_mask_input": np.float32([has]), "orig_im_size": np.float32(size[::-1])}
        masks, scores, lows = decoder.run(None, inputs)
        low = lows[:, [scores[0].argmax()]] if low is None else low
        yield masks[0], scores[0]


def framed(pixels: np.ndarray) -> np.ndarray:
    """Normalised, and zeros beside it."""
    inner = normalised(pixels)
    return np.pad(inner, ((0, 0), (0, 0), (0, 1024 - inner.shape[2]), (0, 1024 - inner.shape[3])))


def sam2_answers(image, prompts):
    encoder, decoder = sessions("sam2/sam2_hiera_tiny.encoder.onnx", "sam2/sam2_hiera_tiny.decoder.onnx")
    feats = encoder.run(["high_res_feats_0", "high_res_feats_1", "image_embed"], {"image": normalised(resized(image, 1024, 1024))})
    scale = 1024 / image.size[0], 1024 / image.size[1]
    low = None
    for positive, negative, box, again in prompts:
        coords, labels = prompt_of(positive, negative, box, scale, True)
        has = again and low is not None
        inputs = dict(zip(["high_res_feats_0", "high_res_feats_1", "image_embed"], feats))
        inputs |= {"point_coords": coords[None], "point_labels": labels[None], "mask_input": low if has else np.zeros((1, 1, 256, 256), np.float32), "has_mask_input": np.float32([has])}
        masks, scores = decoder.run(None, inputs)
        low = masks[:, [scores[0].argmax()]] if low is None else low
        yield masks[0], scores[0]


def efficient_answers(image, prompts):
    encoder, decoder = sessions("efficient/efficient_sam_vitt_encoder.onnx", "efficient/efficient_sam_vitt_decoder.onnx")
    wide, high = image.size
    # A larger one is made smaller first.
    size = image.size if max(wide, high) <= 1024 else (wide * 1024 // max(wide, high), high * 1024 // max(wide, high))
    embedding = encoder.run(None, {"batched_images": (resized(image, *size) / np.float32(255)).transpose(2, 0, 1)[None]})[0]
    for positive, negative, box, _ in prompts:
        coords, labels = prompt_of(positive, negative, box, (size[0] / wide, size[1] / high), False)
        inputs = {"image_embeddings": embedding, "batched_point_coords": coords[None, None], "batched_point_labels": labels[None, None], "orig_im_size": np.int64(size[::-1])}
        masks, scores = decoder.run(None, inputs)
        yield masks[0, 0], scores[0, 0]


def transformers_answers(image, prompts):
    encoder, decoder = sessions("transformers/onnx/vision_encoder.onnx", "transformers/onnx/prompt_encoder_mask_decoder.onnx")
    wide, high = image.size
    inner = longest(wide, high)
    names = ["image_embeddings", "image_positional_embeddings"]
    seen = dict(zip(names, encoder.run(names, {"pixel_values": framed(resized(image, *inner))})))
    for positive, negative, box, _ in prompts:
        coords, labels = prompt_of(positive, negative, box, (inner[0] / wide, inner[1] / high), False)
        scores, masks = decoder.run(["iou_scores", "pred_masks"], {**seen, "input_points": coords[None, None], "input_labels": labels.astype(np.int64)[None, None]})
        # As `post_process_masks` up to the picture's place in the frame.
        masks = F.interpolate(torch.from_numpy(masks[0]), (1024, 1024), mode="bilinear", align_corners=False)
        yield masks[0, :, : inner[1], : inner[0]].numpy(), scores[0, 0]


def transformers2_answers(image, prompts, name, side, mean, std):
    encoder, decoder = sessions(f"{name}/onnx/vision_encoder.onnx", f"{name}/onnx/prompt_encoder_mask_decoder.onnx")
    names = [f"image_embeddings.{index}" for index in range(3)]
    seen = dict(zip(names, encoder.run(names, {"pixel_values": normalised(resized(image, side, side), mean, std)})))
    for positive, negative, box, _ in prompts:
        coords, labels = prompt_of(positive, negative, box, (side / image.size[0], side / image.size[1]), True)
        inputs = {**seen, "input_points": coords[None, None], "input_labels": labels.astype(np.int64)[None, None], "input_boxes": np.zeros((1, 0, 4), np.float32)}
        scores, masks = decoder.run(["iou_scores", "pred_masks"], inputs)
        yield masks[0, 0], scores[0, 0]


HALF = np.float32([0.5] * 3)
# How each folder is asked, and the prompts that its network hears.
ANSWERS = {
    "mobile": (lambda image, prompts: official_answers(image, "mobile/mobile_sam_image_encoder.onnx", "mobile/sam_mask_decoder_multi.onnx", lambda pixels: pixels, prompts), PROMPTS),
    "vit": (lambda image, prompts: official_answers(image, "vit/sam_vit_b.encoder.onnx", "vit/sam_vit_b.decoder.onnx", framed, prompts), PROMPTS),
    "sam2": (sam2_answers, PROMPTS),
    "efficient": (efficient_answers, ["point", "box"]),
    "transformers": (transformers_answers, ["point", "more"]),
    "sam2-transformers": (lambda image, prompts: transformers2_answers(image, prompts, "sam2-transformers", 1024, MEAN, STD), PROMPTS),
    "sam3": (lambda image, prompts: transformers2_answers(image, prompts, "sam3", 1008, HALF, HALF), PROMPTS),
}


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    write()
    rows = []
    for size, (wide, high) in PICTURES.items():
        Image.fromarray(picture(wide, high)).save(OUT / f"{size}.png", optimize=True)
    for folder, (answers, heard) in ANSWERS.items():
        kept = {}
        for size in PICTURES:
            image = Image.open(OUT / f"{size}.png")
            for name, (masks, scores) in zip(heard, answers(image, [PROMPTS[name] for name in heard])):
                key = f"{size}-{name}"
                kept[key] = np.ascontiguousarray(masks[:, ::STEP, ::STEP])
                kept[f"{key}-scores"] = scores
                positive, negative, box, again = PROMPTS[name]
                rows.append({"folder": folder, "picture": size, "name": name, "inside": positive, "outside": negative, "box": box, "again": again, "grid": [int(masks.shape[2]), int(masks.shape[1])]})
                print(folder, key, masks.shape, scores, (masks > 0).mean((1, 2)))
        save_file(kept, OUT / folder / "expected.safetensors")
    (OUT / "cases.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()

"""Tiny CLIPSegs of random weights, as transformers keeps them and as an ONNX export, and what transformers finds with them.

```
venv/bin/python tests/golden/segmenters.py
```
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

from tiny_models import write_tokenizer

OUT = Path(__file__).parent / "segmenters"
SIDE = 352
STEP = 11  # of the logits one in so many is kept, along each side
WORDS = ["a hand", "the left hand"]

MODELS = {
    # name: what differs from the published network's config
    "refined": dict(use_complex_transposed_convolution=True, extract_layers=[0, 1, 3]),
    "plain": dict(use_complex_transposed_convolution=False, extract_layers=[1, 2], conditional_layer=1),
}


def picture() -> np.ndarray:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    pixels = np.stack([x // 2, y // 2, (x + y) // 4], 2)
    pixels[60:140, 40:200] = [230, 180, 150]
    pixels[200:330, 250:300] = [20, 40, 200]
    return pixels.astype(np.uint8)


def build(name: str, more: dict, folder: Path) -> None:
    folder.mkdir(parents=True)
    tokenizer = write_tokenizer(folder)
    text = dict(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=77,
                bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    vision = dict(hidden_size=12, intermediate_size=24, num_hidden_layers=5, num_attention_heads=3, image_size=64, patch_size=16)
    config = CLIPSegConfig(text_config=text, vision_config=vision, projection_dim=8, reduce_dim=8, decoder_num_attention_heads=2, decoder_intermediate_size=16,
                           attn_implementation="eager", **more)
    torch.manual_seed(len(name))
    model = CLIPSegForImageSegmentation(config).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(4)
    pixels = torch.from_numpy(picture()).permute(2, 0, 1)[None].float() / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pixels = (pixels - mean[:, None, None]) / deviation[:, None, None]
    ids = tokenizer(WORDS, padding="max_length", max_length=77, return_tensors="pt")
    with torch.no_grad():
        made = model(input_ids=ids.input_ids, attention_mask=ids.attention_mask, pixel_values=pixels.repeat(len(WORDS), 1, 1, 1)).logits
        # Brought to where the sigmoid tells most.
        last = model.decoder.transposed_convolution
        last = last[-1] if isinstance(last, torch.nn.Sequential) else last
        last.weight.data *= 2 / made.std()
        last.bias.data *= 2 / made.std()
        last.bias.data -= 2 * made.mean() / made.std()
        made = model(input_ids=ids.input_ids, attention_mask=ids.attention_mask, pixel_values=pixels.repeat(len(WORDS), 1, 1, 1)).logits
    print(name, made.shape, made.mean().item(), made.std().item(), (made[0] - made[1]).abs().mean().item())
    tensors = {key: value.contiguous() for key, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=1, default=str))
    shares = torch.sigmoid(made)[:, ::STEP, ::STEP]
    save_file({word: shares[i].contiguous() for i, word in enumerate(WORDS)}, folder / "expected.safetensors")
    if name == "refined":
        export(model, ids, pixels, folder)


class Export(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, pixel_values, attention_mask):
        return self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask).logits


def export(model, ids, pixels, folder: Path) -> None:
    """As optimum exports it: `onnx/model.onnx` beside the configs."""
    (folder / "onnx").mkdir()
    one = (ids.input_ids[:1], pixels, ids.attention_mask[:1])
    names = ["input_ids", "pixel_values", "attention_mask"]
    axes = {"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "sequence"}, "pixel_values": {0: "images"}, "logits": {0: "batch"}}
    torch.onnx.export(Export(model), one, folder / "onnx/model.onnx", input_names=names, output_names=["logits"], dynamic_axes=axes, opset_version=17, dynamo=False)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    Image.fromarray(picture()).save(OUT / "picture.png")
    for name, more in MODELS.items():
        build(name, more, OUT / name)


if __name__ == "__main__":
    main()

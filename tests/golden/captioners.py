"""A tiny Florence-2 of random weights, exported in the layout of transformers.js, and what transformers says with it, greedily.

```
venv/bin/python tests/golden/captioners.py
```
"""

import json
import os
import shutil
import warnings
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import Florence2Config, Florence2ForConditionalGeneration

OUT = Path(__file__).parent / "captioners"
SIDE = 64
LONGEST = 20
WORDS = ["What", "Describe", "the", "does", "image", "in", "detail", "what", "is", "shown", "with", "a", "paragraph", "hand", "open", "five", "fingers", "left", "red", "sleeve"]
PROMPTS = {
    "<CAPTION>": "What does the image describe?",
    "<DETAILED_CAPTION>": "Describe in detail what is shown in the image.",
    "<MORE_DETAILED_CAPTION>": "Describe with a paragraph what is shown in the image.",
}


def tokenizer() -> Tokenizer:
    """BART's kind: bytes, with a space before each word."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate(["<s>", "<pad>", "</s>", "<unk>"] + alphabet)}
    merges = []
    for word in WORDS:
        for start in ["\u0120" + word[0], word[0]]:
            if len(start) > 1:
                merges.append((start[0], start[1]))
            piece = start
            vocabulary.setdefault(piece, len(vocabulary))
            for letter in word[1:]:
                merges.append((piece, letter))
                piece += letter
                vocabulary.setdefault(piece, len(vocabulary))
    merges = list(dict.fromkeys(merges))
    made = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return made


def model(vocabulary: int) -> Florence2ForConditionalGeneration:
    text = dict(d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24,
                vocab_size=vocabulary + 1, max_position_embeddings=128, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, attn_implementation="eager")
    vision = dict(depths=[1, 1, 1, 1], embed_dim=[4, 4, 8, 8], num_heads=[1, 1, 2, 2], num_groups=[1, 1, 2, 2], window_size=4, projection_dim=16, max_position_embeddings=8)
    config = Florence2Config(text_config=text, vision_config=vision, image_token_id=vocabulary, attn_implementation="eager")
    torch.manual_seed(11)
    made = Florence2ForConditionalGeneration(config).eval()
    for name, parameter in made.named_parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(20 if "language" in name else 2)
    return made


class Vision(torch.nn.Module):
    def __init__(self, of):
        super().__init__()
        self.of = of

    def forward(self, pixel_values):
        made = self.of.get_image_features(pixel_values)
        return made[0] if isinstance(made, (list, tuple)) else made


class Encoder(torch.nn.Module):
    def __init__(self, of):
        super().__init__()
        self.of = of

    def forward(self, attention_mask, inputs_embeds):
        # Every row is heard.
        return self.of(inputs_embeds=inputs_embeds).last_hidden_state + 0 * attention_mask[:, :, None].float()


class Decoder(torch.nn.Module):
    def __init__(self, of, head):
        super().__init__()
        self.of, self.head = of, head

    def forward(self, encoder_attention_mask, encoder_hidden_states, inputs_embeds):
        length = inputs_embeds.shape[1]
        causal = torch.full((length, length), -1e9).triu(1)[None, None]
        hidden = inputs_embeds + self.of.embed_positions(inputs_embeds[:, :, 0], 0, position_ids=torch.arange(length))
        hidden = self.of.layernorm_embedding(hidden)
        heard = (1 - encoder_attention_mask[:, None, None, :].float()) * -1e9
        for layer in self.of.layers:
            hidden = layer(hidden, attention_mask=causal, encoder_hidden_states=encoder_hidden_states, encoder_attention_mask=heard, use_cache=False)[0]
        return self.head(hidden)


def export(module, inputs: dict, outputs: list, axes: dict, path: Path) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False)
    # Without what only shapes are worked out by, and with short names.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    made = onnx.load(path)
    kept = {port.name for port in [*made.graph.input, *made.graph.output]}
    short = {}
    name = lambda own: own if own in kept or not own else short.setdefault(own, f"v{len(short)}")
    for node in made.graph.node:
        node.name = ""
        node.input[:], node.output[:] = map(name, node.input), map(name, node.output)
    for weight in made.graph.initializer:
        weight.name = name(weight.name)
    del made.graph.value_info[:]
    onnx.checker.check_model(made)
    onnx.save(made, path)


def merged(plain: Path, path: Path) -> None:
    """The decoder behind the switch that optimum puts before the one with a memory, which is not used here."""
    graph = onnx.load(plain).graph
    inputs = list(graph.input)
    past = [helper.make_tensor_value_info(f"past_key_values.{layer}.{of}.{what}", TensorProto.FLOAT, ["batch", 2, "past", 8]) for layer in range(2) for of in ["decoder", "encoder"] for what in ["key", "value"]]
    switch = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    nothing = helper.make_graph([helper.make_node("Constant", [], ["logits_nothing"], value=helper.make_tensor("v", TensorProto.FLOAT, [1, 1, 1], [float("nan")]))], "remembered", [], [helper.make_tensor_value_info("logits_nothing", TensorProto.FLOAT, None)])
    whole = helper.make_graph(list(graph.node), "whole", [], [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)])
    top = helper.make_graph([helper.make_node("If", ["use_cache_branch"], ["chosen"], then_branch=nothing, else_branch=whole), helper.make_node("Identity", ["chosen"], ["logits_out"])],
                            "merged", inputs + past + [switch], [helper.make_tensor_value_info("logits_out", TensorProto.FLOAT, ["batch", "length", "words"])], initializer=list(graph.initializer))
    for node in top.node:
        node.output[:] = ["logits" if name == "logits_out" else name for name in node.output]
    top.output[0].name = "logits"
    for attribute in top.node[0].attribute:
        if attribute.name == "else_branch":
            for node in attribute.g.node:
                node.output[:] = ["logits_own" if name == "logits" else name for name in node.output]
            attribute.g.output[0].name = "logits_own"
    made = helper.make_model(top, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, path)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    words = tokenizer()
    whole = model(words.get_vocab_size())
    language = whole.model.language_model
    y, x = np.mgrid[0:40, 0:72]
    pixels = np.stack([x * 3, y * 6, (x + y) * 2], 2).astype(np.uint8)
    pixels[10:30, 20:50] = [230, 180, 150]
    folder = OUT / "tiny"
    (folder / "onnx").mkdir(parents=True)
    rows = {"encoder_attention_mask": {0: "batch", 1: "heard"}, "encoder_hidden_states": {0: "batch", 1: "heard"}, "inputs_embeds": {0: "batch", 1: "length"}, "logits": {0: "batch", 1: "length"}}
    one = torch.zeros(1, 3, SIDE, SIDE)
    export(Vision(whole), {"pixel_values": one}, ["image_features"], {}, folder / "onnx/vision_encoder.onnx")
    export(whole.get_input_embeddings(), {"input_ids": torch.ones(1, 5, dtype=torch.long)}, ["inputs_embeds"], {"input_ids": {0: "batch", 1: "length"}}, folder / "onnx/embed_tokens.onnx")
    hidden = torch.randn(1, 7, 16)
    export(Encoder(language.encoder), {"attention_mask": torch.ones(1, 7, dtype=torch.long), "inputs_embeds": hidden}, ["last_hidden_state"],
           {"attention_mask": {0: "batch", 1: "length"}, "inputs_embeds": {0: "batch", 1: "length"}}, folder / "onnx/encoder_model.onnx")
    decoder = folder / "onnx/decoder_model.onnx"
    export(Decoder(language.decoder, whole.lm_head), {"encoder_attention_mask": torch.ones(1, 7, dtype=torch.long), "encoder_hidden_states": hidden, "inputs_embeds": torch.randn(1, 4, 16)}, ["logits"], rows, decoder)
    merged(decoder, folder / "onnx/decoder_model_merged.onnx")
    words.save(str(folder / "tokenizer.json"), pretty=False)
    config = dict(size=dict(height=SIDE, width=SIDE), image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225], resample=3, task_prompts_without_inputs=PROMPTS)
    (folder / "preprocessor_config.json").write_text(json.dumps(config))
    (folder / "config.json").write_text(json.dumps(dict(model_type="florence2")))
    (folder / "generation_config.json").write_text(json.dumps(dict(decoder_start_token_id=2, bos_token_id=0, eos_token_id=2, pad_token_id=1, forced_bos_token_id=0, no_repeat_ngram_size=3, max_length=LONGEST)))
    Image.fromarray(pixels).save(OUT / "picture.png")
    small = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.BICUBIC), dtype=np.float32) / 255
    small = (small - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])
    seen = torch.from_numpy(small).permute(2, 0, 1)[None]
    said = {}
    # The exporter leaves networks as they are trained, with dropout.
    whole.eval()
    with torch.no_grad():
        features = Vision(whole)(seen)
        for task, prompt in PROMPTS.items():
            asked = torch.tensor([words.encode(prompt).ids])
            heard = torch.cat([features, whole.get_input_embeddings()(asked)], 1)
            encoded = language.encoder(inputs_embeds=heard)
            ids = whole.generate(encoder_outputs=encoded, attention_mask=torch.ones(heard.shape[:2], dtype=torch.long), num_beams=1, do_sample=False, max_length=LONGEST,
                                 no_repeat_ngram_size=3, forced_bos_token_id=0, decoder_start_token_id=2, eos_token_id=2, pad_token_id=1)[0].tolist()
            said[task] = dict(ids=ids, text=words.decode(ids, skip_special_tokens=True))
    (OUT / "expected.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""Multi-head attention that PyTorch trains and ONNX Runtime runs as one fused operator."""

import torch
from torch import nn
from torch.nn import functional as F


class Fused(torch.autograd.Function):
    """Stands for attention while a graph is exported: com.microsoft MultiHeadAttention."""

    @staticmethod
    def forward(ctx, q, k, v, heads):
        return attend(q, k, v, heads)

    @staticmethod
    def symbolic(g, q, k, v, heads):
        return g.op("com.microsoft::MultiHeadAttention", q, k, v, num_heads_i=heads).setType(q.type())


def attend(q, k, v, heads, causal=False):
    """Attention of [b, tokens, width] tensors, `heads` heads side by side in the width."""
    split = lambda t: t.unflatten(-1, (heads, -1)).transpose(1, 2)
    return F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=causal).transpose(1, 2).flatten(2)


class Attention(nn.Module):
    """Attention of `width` channels to a context of `context` channels (itself when None)."""

    def __init__(self, width, heads, context=None):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context or width, width, bias=False)
        self.to_v = nn.Linear(context or width, width, bias=False)
        self.to_out = nn.Linear(width, width)
        nn.init.zeros_(self.to_out.weight)

    def forward(self, x, context=None):
        context = x if context is None else context
        q, k, v = self.to_q(x), self.to_k(context), self.to_v(context)
        run = Fused.apply if torch.onnx.is_in_onnx_export() else attend
        return self.to_out(run(q, k, v, self.heads))

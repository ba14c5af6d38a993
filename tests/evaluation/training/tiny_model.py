"""A model of two small layers with random weights and a tokenizer of bytes, made for a test."""

from __future__ import annotations

import json
from pathlib import Path

TEMPLATE = (
    "{% for message in messages %}<s>{{ message.role }}\n{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)


def write_tiny_model(folder: Path) -> None:
    """Write a Llama with 64 hidden units as a folder in the format of Hugging Face."""
    # Tests without PyTorch read this module too.
    import torch  # noqa: PLC0415
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<s>", "</s>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def write_conversations(path: Path, count: int, first: int = 0) -> None:
    """Write short conversations with an answer that can be learnt."""
    lines = [
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": f"Where is parcel {number}?"},
                    {"role": "assistant", "content": "It is on its way.", "weight": 1},
                ]
            }
        )
        for number in range(first, first + count)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_pairs(path: Path, count: int, first: int = 0) -> None:
    """Write pairs whose preferred answer is always the same one."""
    lines = [
        json.dumps(
            {
                "input": {
                    "messages": [{"role": "user", "content": f"Where is parcel {number}?"}],
                    "tools": [],
                    "parallel_tool_calls": True,
                },
                "preferred_output": [{"role": "assistant", "content": "It is on its way."}],
                "non_preferred_output": [{"role": "assistant", "content": "Ask somewhere else."}],
            }
        )
        for number in range(first, first + count)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

"""Makes a model of a few kilobytes for vLLM: tiny_model.py FOLDER TEXT. Its weights are made up when it is loaded (`--load-format=dummy`).

The same text gives the same files. Its architecture is Qwen2's: two layers, tokens of a byte or a few, a context of 4096 tokens.
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HIDDEN = 128
HEAD = 64
CONTEXT_TOKENS = 4096
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}" + START + "{{ message['role'] }}\n{{ message['content'] }}" + END + "\n{% endfor %}"
    "{% if add_generation_prompt %}" + START + "assistant\n{% endif %}"
)


def main(folder, text):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train([text], trainers.BpeTrainer(
        vocab_size=1024, special_tokens=[PAD, START, END], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    pad, end = tokenizer.token_to_id(PAD), tokenizer.token_to_id(END)
    out = pathlib.Path(folder)
    out.mkdir(parents=True)
    tokenizer.save(str(out / "tokenizer.json"))
    files = {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": PAD, "model_max_length": CONTEXT_TOKENS, "chat_template": CHAT_TEMPLATE,
            "clean_up_tokenization_spaces": False,
        },
        "config.json": {
            "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": HIDDEN, "intermediate_size": 4 * HIDDEN, "num_hidden_layers": 2,
            "num_attention_heads": HIDDEN // HEAD, "num_key_value_heads": 1, "head_dim": HEAD, "vocab_size": tokenizer.get_vocab_size(),
            "max_position_embeddings": CONTEXT_TOKENS, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": True,
            "torch_dtype": "bfloat16", "use_cache": True, "bos_token_id": pad, "eos_token_id": end, "attention_dropout": 0.0, "use_sliding_window": False,
        },
        "generation_config.json": {"bos_token_id": pad, "eos_token_id": end},
    }
    for name, content in files.items():
        (out / name).write_text(json.dumps(content, indent=1) + "\n")


main(*sys.argv[1:])

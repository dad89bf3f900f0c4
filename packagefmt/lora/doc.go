// Package lora has low-rank adapters (LoRA) of a model: what they are, their files as Python's
// PEFT writes and reads them, and the model that one makes when it is merged.
//
//	config := lora.Config{Rank: 4, Alpha: 8, Targets: []string{"q_proj", "v_proj"}}
//	adapter, result, err := fit.TrainAdapter(ctx, model, config, x, y, fit.AdapterOptions{Steps: 200})
//	err = adapter.Write("adapter")          // adapter_config.json, adapter_model.safetensors
//	adapter, err = lora.Read(os.DirFS("adapter"), model)
//	merged, err := adapter.Merge(model)     // no adapter any more, the same outputs
//
// It is a package of its own beside packagefmt, as safetensors is: who only loads or merges an adapter
// needs none of a model package's files, and the words are PEFT's, not the package format's.
//
// # Names
//
// A matrix is named by the path of its layer (packagefmt.Model's Names; without them the
// layer's number) and, inside an attention or a transformer layer, of its part: "5", "2.linear1",
// "2.self_attn.q_proj". Queries, keys and values are apart, though torch.nn keeps them in one weight:
// testdata/models.py has the same layers with projections that PEFT can adapt, and reads the same weights.
// Linear, Embedding, Conv1d, Conv2d and the projections of MultiheadAttention and
// TransformerEncoderLayer can have adapters.
//
// # Trust
//
// An adapter that is read is a stranger's: [Read] bounds the files by what the configuration can
// need in this model before it reads them, and refuses tensors that the model has no place for, other
// shapes, ranks and numbers that are not finite.
package lora

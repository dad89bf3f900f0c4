package packagefmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// gptLayers are those of testdata/languagemodel.py's GPT.
func gptLayers() []Layer {
	block := Layer{"TransformerEncoderLayer", map[string]any{"d_model": 8.0, "nhead": 2.0, "dim_feedforward": 32.0, "dropout": 0.0,
		"activation": "gelu", "batch_first": true, "norm_first": true, "is_causal": true}}
	return []Layer{
		{"Embedding", map[string]any{"num_embeddings": 31.0, "embedding_dim": 8.0}},
		{"PositionEmbedding", map[string]any{"num_embeddings": 20.0, "embedding_dim": 8.0}},
		block, block,
		{"LayerNorm", map[string]any{"normalized_shape": 8.0}},
		{"Linear", map[string]any{"in_features": 8.0, "out_features": 31.0, "bias": false}},
	}
}

// A state_dict of a GPT as PyTorch's users write one becomes the same model, its output weight tied to the embedding.
func TestLanguageModelFromPyTorch(t *testing.T) {
	m, err := OpenPyTorch(fixture("language_model.pt"), PyTorchOptions{Layers: gptLayers()})
	require.NoError(t, err)
	require.Equal(t, []string{"tok", "pos", "blocks.0", "blocks.1", "norm", "head"}, m.Names)
	require.Equal(t, map[string]string{"layers.5.weight": "layers.0.weight"}, m.Tied)
	b, err := os.ReadFile(fixture("language_model.safetensors"))
	require.NoError(t, err)
	want, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	net, err := m.net()
	require.NoError(t, err)
	y, err := net.Forward(want["tokens"])
	require.NoError(t, err)
	require.Equal(t, want["logits"].Shape, y.Shape)
	for i, v := range y.Data {
		require.InDelta(t, want["logits"].Data[i], v, 1e-5, "element %d", i)
	}
	sum, n := 0.0, 0
	for i, l := range want["labels"].Data {
		if l != dataset.NoLabel {
			sum += nn.CrossEntropy(y.Data[31*i:][:31], int(l))
			n++
		}
	}
	require.InDelta(t, want["loss"].Data[0], sum/float64(n), 1e-5, "the mean over the tokens that have a label")
	whole, err := m.slice(0, 6)
	require.NoError(t, err)
	require.NoError(t, whole.Check(), "a head that is the whole model")
}

// readGPT reads a language model of testdata/gpt, which its main.go trained.
func readGPT(t *testing.T, dir string) Model {
	t.Helper()
	b, err := os.ReadFile(fixture(dir + "/model.json"))
	require.NoError(t, err)
	var file struct{ Nodes []nn.Node }
	require.NoError(t, json.Unmarshal(b, &file))
	m := Model{Network: Network{Tied: map[string]string{}}}
	for i, nd := range file.Nodes {
		m.Layers, m.Inputs = append(m.Layers, Layer(nd.Spec)), append(m.Inputs, nd.Inputs)
		for param, to := range nd.Tied {
			m.Tied[weightName(i, param)] = to
		}
	}
	b, err = os.ReadFile(fixture(dir + "/model.safetensors"))
	require.NoError(t, err)
	m.Weights, err = safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return m
}

// The model has learned something: what it writes, always the likeliest byte next, is words; and it expects a sentence of
// the book more than the same letters in another order.
func TestLanguageModelWrites(t *testing.T) {
	m := readGPT(t, "gpt")
	net, err := m.net()
	require.NoError(t, err)
	text := []byte("the ")
	for len(text) < 40 {
		y, err := net.Forward(tokensOf(text))
		require.NoError(t, err)
		text = append(text, byte(nn.Argmax(y.Data[len(y.Data)-256:])))
	}
	t.Logf("%q", text)
	for _, c := range text {
		require.Contains(t, "abcdefghijklmnopqrstuvwxyz ,.;-\n", strings.ToLower(string(c)))
	}
	sentence := []byte("I thought I would sail about a little and see the watery part")
	mixed := slices.Clone(sentence)
	slices.Sort(mixed)
	require.Less(t, lossOf(t, net, sentence), 3.0)
	require.Greater(t, lossOf(t, net, mixed), lossOf(t, net, sentence))
	require.NotEmpty(t, slices.Collect(maps.Keys(m.Weights)))

	larger := readGPT(t, "gpt/million")
	net, err = larger.net()
	require.NoError(t, err)
	require.Equal(t, 1_058_400, net.NumParams())
	require.Less(t, lossOf(t, net, sentence), 2.0)
}

func tokensOf(text []byte) safetensors.Tensor {
	x := safetensors.Tensor{Shape: []int{1, len(text)}}
	for _, c := range text {
		x.Data = append(x.Data, float32(c))
	}
	return x
}

// lossOf is the mean loss of each byte after the first, in nats.
func lossOf(t *testing.T, net *nn.Net, text []byte) float64 {
	t.Helper()
	y, err := net.Forward(tokensOf(text[:len(text)-1]))
	require.NoError(t, err)
	sum := 0.0
	for i, c := range text[1:] {
		sum += nn.CrossEntropy(y.Data[i*256:][:256], int(c))
	}
	return sum / float64(len(text)-1)
}

// talks are conversations in which the assistant says these things.
func talks(t testing.TB, answers ...string) *dataset.ConversationSet {
	t.Helper()
	var list []dataset.Conversation
	for i, a := range answers {
		list = append(list, dataset.Conversation{Turns: []dataset.Turn{{Role: "user", Content: "Call me " + string(rune('A'+i))}, {Role: "assistant", Content: a}}})
	}
	set, err := dataset.NewConversations(list)
	require.NoError(t, err)
	return set
}

func talkTask(context int, targets ...string) *Task {
	task := mnistTask()
	task.Schema, task.Metric, task.Training.Context = TaskSchema{Kind: submission.Conversations}, MetricLoss, context
	task.Adapter.Targets = targets
	return task
}

var whaling = []string{"Some years ago, never mind how long precisely, I thought I would sail about a little.", "It is a way I have of driving off the spleen."}

// A language model's package holds the whole model and the tokens of the test; its base scores what an evaluation says.
func TestALanguageModelsPackage(t *testing.T) {
	test := talks(t, whaling...)
	task := talkTask(64, "head.layers.2.self_attn")
	p, report, err := Build(t.Context(), readGPT(t, "gpt"), test, BuildOptions{Dataset: dataset.ID(200), Task: task})
	require.NoError(t, err)
	files, err := p.files()
	require.NoError(t, err)
	back, err := Read(files)
	require.NoError(t, err)
	require.Equal(t, task, back.Config.Task)
	require.Equal(t, []int{2, 64}, back.Embeddings.Shape)
	require.Equal(t, "little.<|im_end|>\n", string(func() (b []byte) {
		for _, v := range back.Embeddings.Data[46:64] {
			b = append(b, byte(v))
		}
		return b
	}()))
	require.NoError(t, back.CheckEmbeddings(t.Context(), test))
	require.ErrorIs(t, back.CheckEmbeddings(t.Context(), talks(t, whaling[1], whaling[0])), ErrInvalid, "another test")
	again, err := back.files()
	require.NoError(t, err)
	require.Equal(t, files, again, "the same package, the same bytes")
	s, err := back.Submission()
	require.NoError(t, err)
	require.Equal(t, submission.Schema{Kind: submission.Conversations, Shape: []int{64}, MinRows: 10, MaxRows: 1000}, s)

	x, labels, err := back.Samples(t.Context(), test, 0)
	require.NoError(t, err)
	require.Len(t, labels, 2*64)
	require.Equal(t, back.Embeddings, x)
	whole, err := back.Whole()
	require.NoError(t, err)
	net, err := whole.net()
	require.NoError(t, err)
	y, err := net.Forward(x)
	require.NoError(t, err)
	sum, n := 0.0, 0
	for i, l := range labels {
		if l != nn.Ignore {
			sum += nn.CrossEntropy(y.Data[256*i:][:256], l)
			n++
		}
	}
	require.InDelta(t, LossScore(sum/float64(n)), report.Accuracy, 1)
	require.Equal(t, nn.Ignore, dataset.NoLabel, "the engine ignores what has no label")
	require.Equal(t, uint32(39), report.Majority)
	require.Greater(t, report.Accuracy, 2*report.Majority, report.Notes)

	numbers, err := dataset.New([]int{64}, 1, make([]float32, 64), []int{0})
	require.NoError(t, err)
	_, _, err = back.Samples(t.Context(), numbers, 0)
	require.ErrorContains(t, err, "takes conversations")
}

// What is no language model, or not the task's, is refused before anything runs for long.
func TestLanguageModelsThatAreRefused(t *testing.T) {
	test := talks(t, whaling...)
	layers := func(change func(m *Model)) Model {
		m := readGPT(t, "gpt")
		m.Layers = slices.Clone(m.Layers)
		change(&m)
		return m
	}
	attention := func(key string, v any) func(m *Model) {
		return func(m *Model) {
			for i, l := range m.Layers {
				if l.Type == "TransformerEncoderLayer" {
					m.Layers[i].Params = maps.Clone(l.Params)
					m.Layers[i].Params[key] = v
				}
			}
		}
	}
	build := func(m Model, context int) error {
		_, _, err := Build(t.Context(), m, test, BuildOptions{Dataset: dataset.ID(200), Task: talkTask(context, "head.layers.2")})
		return err
	}
	require.ErrorContains(t, build(layers(attention("is_causal", false)), 64), "its attention must be causal")
	require.ErrorContains(t, build(readGPT(t, "gpt"), 65), "at most 64 tokens")
	require.ErrorContains(t, build(readGPT(t, "gpt"), 2), "none of its last 2 tokens")
	classifier, err := OpenPyTorch(mnistModel, PyTorchOptions{})
	require.NoError(t, err)
	require.ErrorIs(t, build(classifier, 64), ErrInvalid)

	good, _, err := Build(t.Context(), readGPT(t, "gpt"), test, BuildOptions{Dataset: dataset.ID(200), Task: talkTask(64, "head.layers.2.self_attn")})
	require.NoError(t, err)
	for says, spoil := range map[string]func(p *Package){
		"training.context is 63":                   func(p *Package) { p.Config.Task.Training.Context = 63 },
		"in the head as a whole":                   func(p *Package) { p.Encoder = &Network{Layers: []Layer{{Type: "Identity"}}} },
		"of other data":                            func(p *Package) { p.Config.Preprocessing.Mean, p.Config.Preprocessing.Std = []float32{0}, []float32{1} },
		"conversations have no classes":            func(p *Package) { p.Config.Preprocessing.Classes = []string{"a"} },
		"for each of the context a score":          func(p *Package) { p.Head = Network{Layers: []Layer{{Type: "Identity"}}} },
		"does not name tokenizer.json":             func(p *Package) { p.Tokenizer = []byte("{}") },
		"ids up to 255, but the model's embedding": func(p *Package) { p.Head = smallGPT(31, 64) },
		"bytes between the layers, at most": func(p *Package) {
			p.Head, p.Config.Task.Training.Context = smallGPT(256, 1<<13), 1<<13
			p.Config.Preprocessing.Shape[0] = 1 << 13
			p.Embeddings = counting(0, 1, 1<<13)
			p.Config.Metadata = Metadata{}
		},
	} {
		p, task, pre := *good, *good.Config.Task, *good.Config.Preprocessing
		pre.Shape = slices.Clone(pre.Shape)
		p.Config.Task, p.Config.Preprocessing = &task, &pre
		spoil(&p)
		require.ErrorContains(t, errors.Join(p.check()...), says)
	}
}

// smallGPT has one block of attention.
func smallGPT(tokens, context int) Network {
	n := Network{Layers: []Layer{
		{"Embedding", map[string]any{"num_embeddings": float64(tokens), "embedding_dim": 8.0}},
		{"PositionEmbedding", map[string]any{"num_embeddings": float64(context), "embedding_dim": 8.0}},
		{"MultiheadAttention", map[string]any{"embed_dim": 8.0, "num_heads": 2.0, "batch_first": true, "is_causal": true}},
		{"Linear", map[string]any{"in_features": 8.0, "out_features": float64(tokens), "bias": false}},
	}, Inputs: [][]int{{0}, {1}, {2}, {3}}, Weights: map[string]safetensors.Tensor{}}
	for i, l := range n.Layers {
		shapes, err := nn.ParamShapes(nn.Spec(l))
		if err != nil {
			panic(err)
		}
		for name, shape := range shapes {
			n.Weights[weightName(i, name)] = counting(0.01, shape...)
		}
	}
	return n
}

// A tokenizer of bytes and merges, without a token to fill with: its marks are one token each.
func TestALanguageModelWithATokenizer(t *testing.T) {
	vocabulary := `"x": 0`
	for i, c := range []rune("ĊĠ.,abcdefghiklmnoprstuvwyACIS<|_>") {
		vocabulary += fmt.Sprintf(`, "%c": %d`, c, i+1)
	}
	added := func(text string) string {
		return `{"content": "` + text + `", "id": 0, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}`
	}
	file := `{"version": "1.0", "added_tokens": [` + added("<|im_start|>") + `, ` + added("<|im_end|>") + `], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
		"model": {"type": "BPE", "vocab": {` + vocabulary + `, "th": 35, "il": 36}, "merges": ["t h", "i l"]}}`
	test := talks(t, whaling...)
	build := func(tokens int) (*Package, error) {
		p, _, err := Build(t.Context(), Model{Network: smallGPT(tokens, 24)}, test, BuildOptions{Task: talkTask(24, "head.layers.2"), Tokenizer: []byte(file)})
		return p, err
	}
	p, err := build(39)
	require.NoError(t, err)
	files, err := p.files()
	require.NoError(t, err)
	back, err := Read(files)
	require.NoError(t, err)
	_, labels, err := back.Samples(t.Context(), test, 0)
	require.NoError(t, err)
	require.Equal(t, 38, labels[22-1], "the mark at the end")
	require.Equal(t, nn.Ignore, labels[22])
	_, err = build(38)
	require.ErrorContains(t, err, "ids up to 38, but the model's embedding has 38 rows")
}

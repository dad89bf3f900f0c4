package lora

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// saved are the cases whose adapters PEFT has saved, by directory.
var saved = map[string]string{"linear": "linear fresh", "convolutions": "convolutions", "embedding": "embedding", "gpt": "gpt everything"}

// What PEFT saved is read, computes what PEFT computes, and merges into PEFT's merged weights.
func TestReadsWhatPEFTSaves(t *testing.T) {
	for dir, name := range saved {
		t.Run(dir, func(t *testing.T) {
			c := readCase(t, name)
			m := c.model()
			a, err := Read(os.DirFS("testdata/"+dir), m)
			require.NoError(t, err)
			before := m.Weights["layers.0.weight"].Data[0]
			merged, err := a.Merge(m)
			require.NoError(t, err)
			require.Equal(t, before, m.Weights["layers.0.weight"].Data[0], "merging changed the model")
			require.NoError(t, merged.Check())
			c.close(t, "answers", forward(t, merged, c.X.tensor()))
			for name := range c.Want {
				if w, ok := strings.CutPrefix(name, "merged."); ok && !strings.HasSuffix(w, "num_batches_tracked") {
					c.close(t, name, merged.Weights[w].Data)
				}
			}
		})
	}
}

// What is written is read again, and written again the same.
func TestWritesWhatItReads(t *testing.T) {
	for dir, name := range saved {
		m := readCase(t, name).model()
		a, err := Read(os.DirFS("testdata/"+dir), m)
		require.NoError(t, err)
		where := filepath.Join(t.TempDir(), "new")
		require.NoError(t, a.Write(where))
		again, err := Read(os.DirFS(where), m)
		require.NoError(t, err)
		require.Equal(t, a, again, dir)
		first, err := os.ReadFile(filepath.Join(where, ConfigFile))
		require.NoError(t, err)
		require.NoError(t, again.Write(where))
		second, err := os.ReadFile(filepath.Join(where, ConfigFile))
		require.NoError(t, err)
		require.Equal(t, first, second)
	}
}

func TestNewChangesNothing(t *testing.T) {
	c := readCase(t, "gpt everything")
	m := c.model()
	a, err := New(m, Config{Rank: 3, Alpha: 6, Targets: []string{"0", "2", "5", "v_proj"}}, 7)
	require.NoError(t, err)
	merged, err := a.Merge(m)
	require.NoError(t, err)
	require.Equal(t, forward(t, m.Network, c.X.tensor()), forward(t, merged, c.X.tensor()))
	require.Equal(t, []string{
		"0.lora_embedding_A", "0.lora_embedding_B",
		"2.linear1.lora_A.weight", "2.linear1.lora_B.weight", "2.linear2.lora_A.weight", "2.linear2.lora_B.weight",
		"2.self_attn.k_proj.lora_A.weight", "2.self_attn.k_proj.lora_B.weight",
		"2.self_attn.out_proj.lora_A.weight", "2.self_attn.out_proj.lora_B.weight",
		"2.self_attn.q_proj.lora_A.weight", "2.self_attn.q_proj.lora_B.weight",
		"2.self_attn.v_proj.lora_A.weight", "2.self_attn.v_proj.lora_B.weight",
		"3.self_attn.v_proj.lora_A.weight", "3.self_attn.v_proj.lora_B.weight",
		"5.lora_A.weight", "5.lora_B.weight",
	}, slices.Sorted(maps.Keys(a.Weights)))

	largest := float32(0)
	for _, v := range a.Weights["2.linear2.lora_A.weight"].Data { // 20 inputs
		largest = max(largest, v, -v)
	}
	require.InDelta(t, 0.21, largest, 0.0137, "uniform to 1/√20")
	sum, squares := 0.0, 0.0
	wide := packagefmt.Model{Network: packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Embedding", Params: map[string]any{"num_embeddings": 4.0, "embedding_dim": 500.0}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": {Shape: []int{4, 500}, Data: make([]float32, 2000)}},
	}}
	a, err = New(wide, Config{Rank: 20, Alpha: 1, Targets: []string{"0"}}, 1)
	require.NoError(t, err)
	for _, v := range a.Weights["0.lora_embedding_B"].Data {
		sum, squares = sum+float64(v), squares+float64(v)*float64(v)
	}
	require.InDelta(t, 0, sum/1e4, 0.03)
	require.InDelta(t, 1, squares/1e4, 0.05)
	other, err := New(wide, Config{Rank: 20, Alpha: 1, Targets: []string{"0"}}, 2)
	require.NoError(t, err)
	require.NotEqual(t, a.Weights, other.Weights)
}

// A weight that two layers share has the adapter in one place only.
func TestMergeUnties(t *testing.T) {
	c := readCase(t, "gpt everything")
	m := c.model()
	for _, target := range []string{"0", "5"} {
		a, err := New(m, Config{Rank: 1, Alpha: 1, Targets: []string{target}}, 7)
		require.NoError(t, err)
		for _, w := range a.Weights {
			for i := range w.Data {
				w.Data[i] = 1
			}
		}
		merged, err := a.Merge(m)
		require.NoError(t, err)
		require.Nil(t, merged.Tied)
		require.NotNil(t, m.Tied)
		base, changed, kept := m.Weights["layers.0.weight"].Data, "layers.0.weight", "layers.5.weight"
		if target == "5" {
			changed, kept = kept, changed
		}
		require.Equal(t, base, merged.Weights[kept].Data)
		require.Equal(t, base[3]+1, merged.Weights[changed].Data[3])
	}
}

func TestConfigRefuses(t *testing.T) {
	m := readCase(t, "gpt everything").model()
	good := Config{Rank: 2, Alpha: 4, Targets: []string{"q_proj"}}
	for want, change := range map[string]func(c *Config){
		"rank 0":                     func(c *Config) { c.Rank = 0 },
		"rank 4097":                  func(c *Config) { c.Rank = MaxRank + 1 },
		"alpha 0":                    func(c *Config) { c.Alpha = 0 },
		"dropout 1":                  func(c *Config) { c.Dropout = 1 },
		"no targets":                 func(c *Config) { c.Targets = nil },
		`"norm1" names no matrix`:    func(c *Config) { c.Targets = []string{"q_proj", "norm1"} },
		`"4" names no matrix`:        func(c *Config) { c.Targets = []string{"4"} },
		"rank of linear1 -1":         func(c *Config) { c.RankPattern = map[string]int{"linear1": -1} },
		"error parsing regexp":       func(c *Config) { c.AlphaPattern = map[string]float64{"(": 1} },
		"both match 2.self_attn.q_p": func(c *Config) { c.RankPattern = map[string]int{"q_proj": 1, `self_attn\.q_proj`: 3} },
	} {
		c := good
		change(&c)
		_, err := New(m, c, 1)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, want)
	}
	conv := packagefmt.Model{Network: packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Conv2d", Params: map[string]any{"in_channels": 4.0, "out_channels": 4.0, "kernel_size": 1.0, "groups": 2.0, "bias": false}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": {Shape: []int{4, 2, 1, 1}, Data: make([]float32, 8)}},
	}}
	_, err := New(conv, Config{Rank: 1, Alpha: 1, Targets: []string{"0"}}, 1)
	require.ErrorContains(t, err, "2 groups")
}

func TestMatrices(t *testing.T) {
	m := readCase(t, "gpt everything").model()
	m.Names = []string{"tok", "pos", "blocks.0", "blocks.1", "norm", "head"}
	got, err := Matrices(m)
	require.NoError(t, err)
	require.Equal(t, strings.Fields("tok blocks.0.self_attn.q_proj blocks.0.self_attn.k_proj blocks.0.self_attn.v_proj blocks.0.self_attn.out_proj blocks.0.linear1 blocks.0.linear2 "+
		"blocks.1.self_attn.q_proj blocks.1.self_attn.k_proj blocks.1.self_attn.v_proj blocks.1.self_attn.out_proj blocks.1.linear1 blocks.1.linear2 head"), got)
	m.Names[3] = "blocks.0"
	_, err = Matrices(m)
	require.ErrorContains(t, err, "two matrices")
}

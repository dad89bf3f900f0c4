package packagefmt

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// TestKitPackages reads what the public kits write, in both numberings.
func TestKitPackages(t *testing.T) {
	b, err := os.ReadFile(fixture("kit.safetensors"))
	require.NoError(t, err)
	want, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	var weights []map[string]safetensors.Tensor
	for _, kit := range []string{"kit-creator", "kit-trainer"} {
		p, err := Read(os.DirFS(fixture(kit)))
		require.NoError(t, err, kit)
		require.Equal(t, Version1, p.Config.Version)
		require.Nil(t, p.Encoder)
		require.Equal(t, Metadata{Dataset: "Iris", EmbeddingDim: 6, NumSamples: 20, HeadParamsRatio: 0.15}, p.Config.Metadata)
		net, err := p.Head.net()
		require.NoError(t, err)
		got, err := net.Forward(p.Embeddings)
		require.NoError(t, err)
		require.InDeltaSlice(t, want["outputs"].Data, got.Data, 1e-6, kit)
		weights = append(weights, p.Head.Weights)
		_, _, err = p.Embed(context.Background(), &dataset.Memory{})
		require.ErrorIs(t, err, ErrNoEncoder)
	}
	require.Equal(t, weights[0], weights[1], "one numbering in memory")
	require.Contains(t, weights[0], "layers.4.weight")
}

// change returns a copy of a package's files with a defect.
func change(t testing.TB, base memFS, spoil func(m memFS)) memFS {
	t.Helper()
	m := maps.Clone(base)
	spoil(m)
	return m
}

// edit changes config.json as a map.
func edit(t testing.TB, m memFS, f func(c map[string]any)) {
	t.Helper()
	var c map[string]any
	require.NoError(t, json.Unmarshal(m[ConfigFile], &c))
	f(c)
	b, err := json.Marshal(c)
	require.NoError(t, err)
	m[ConfigFile] = b
}

// rewriteSums makes a changed package consistent: its checksums are right.
func rewriteSums(t testing.TB, m memFS) {
	t.Helper()
	c, err := ParseConfig(m[ConfigFile])
	require.NoError(t, err)
	delete(m, ConfigFile)
	require.NoError(t, addConfig(m, c))
}

func put(t testing.TB, m memFS, name string, tensors map[string]safetensors.Tensor) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, tensorsOf(name, tensors).write(&b))
	m[name] = b.Bytes()
}

func tensors(t testing.TB, m memFS, name string) map[string]safetensors.Tensor {
	t.Helper()
	out, err := safetensors.Read(bytes.NewReader(m[name]), int64(len(m[name])))
	require.NoError(t, err)
	return out
}

// parsed is a list of layers as in config.json.
func parsed(t testing.TB, layers string) (out []any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(layers), &out))
	return out
}

// widen gives the head another number of outputs.
func widen(t testing.TB, m memFS, classes int) {
	t.Helper()
	w := tensors(t, m, HeadFile)
	w["layers.2.weight"] = safetensors.Tensor{Shape: []int{classes, 128}, Data: make([]float32, 128*classes)}
	w["layers.2.bias"] = safetensors.Tensor{Shape: []int{classes}, Data: make([]float32, classes)}
	put(t, m, HeadFile, w)
	edit(t, m, func(c map[string]any) {
		c["layers"].([]any)[2].(map[string]any)["params"].(map[string]any)["out_features"] = classes
	})
	rewriteSums(t, m)
}

func TestBadPackages(t *testing.T) {
	p, _, _ := buildMNIST(t)
	good, err := p.files()
	require.NoError(t, err)
	require.Empty(t, Verify(good))
	head := func(f func(w map[string]safetensors.Tensor)) func(m memFS) {
		return func(m memFS) {
			w := tensors(t, m, HeadFile)
			f(w)
			put(t, m, HeadFile, w)
			rewriteSums(t, m)
		}
	}
	config := func(f func(c map[string]any)) func(m memFS) {
		return func(m memFS) { edit(t, m, f) }
	}
	tests := []struct {
		name  string
		spoil func(m memFS)
		want  error
		text  string
	}{
		{"no config", func(m memFS) { delete(m, ConfigFile) }, fs.ErrNotExist, ConfigFile},
		{"no head", func(m memFS) { delete(m, HeadFile) }, fs.ErrNotExist, HeadFile},
		{"no embeddings", func(m memFS) { delete(m, EmbeddingsFile) }, fs.ErrNotExist, EmbeddingsFile},
		{"encoder without weights", func(m memFS) { delete(m, EncoderWeightsFile) }, fs.ErrNotExist, EncoderWeightsFile},
		{"weights without encoder", func(m memFS) { delete(m, EncoderFile) }, fs.ErrNotExist, EncoderFile},
		{"whole language model", config(func(c map[string]any) { c["type"] = "llm_full" }), ErrUnsupported, "llm_full"},
		{"newer version", config(func(c map[string]any) { c["version"] = 4 }), ErrUnsupported, "version 4"},
		{"an unknown task", config(func(c map[string]any) { c["version"], c["task"] = 3, "regression" }), ErrUnsupported, "task"},
		{"a task of another type", config(func(c map[string]any) { c["version"], c["task"] = 3, map[string]any{"type": "code"} }), ErrUnsupported, "code"},
		{"checksum missing", config(func(c map[string]any) { delete(c["files"].(map[string]any), HeadFile) }), ErrInvalid, HeadFile},
		{"no checksums", config(func(c map[string]any) { delete(c, "files") }), ErrInvalid, "checksum is missing"},
		{"checksum of a path", config(func(c map[string]any) { c["files"].(map[string]any)["../x"] = "00" }), ErrInvalid, "../x"},
		{"bit flip in head", func(m memFS) {
			b := bytes.Clone(m[HeadFile])
			b[len(b)-3] ^= 1
			m[HeadFile] = b
		}, ErrInvalid, "head.safetensors: packagefmt: invalid package: its SHA-256"},
		{"bit flip in a header", func(m memFS) {
			b := bytes.Clone(m[EmbeddingsFile])
			b[3] ^= 0x40
			m[EmbeddingsFile] = b
		}, ErrInvalid, "SHA-256"},
		{"HTML for a file", func(m memFS) { m[HeadFile] = []byte("<html>not found</html>") }, ErrInvalid, HeadFile},
		{"config is HTML", func(m memFS) { m[ConfigFile] = []byte("<html>") }, ErrInvalid, ConfigFile},
		{"weight missing", head(func(w map[string]safetensors.Tensor) { delete(w, "layers.0.bias") }), ErrInvalid, "bias of layer 0 is missing"},
		{"weight left over", head(func(w map[string]safetensors.Tensor) { w["layers.2.extra"] = w["layers.2.bias"] }), ErrInvalid, "layers.2.extra"},
		{"weight of another shape", head(func(w map[string]safetensors.Tensor) { w["layers.0.bias"] = w["layers.2.bias"] }), ErrInvalid, "shape"},
		{"weight of a free name", head(func(w map[string]safetensors.Tensor) { w["fc.weight"] = w["layers.2.bias"] }), ErrInvalid, "fc.weight"},
		{"weight of layer 00", head(func(w map[string]safetensors.Tensor) {
			w["layers.00.bias"] = w["layers.0.bias"]
			delete(w, "layers.0.bias")
		}), ErrInvalid, "layers.00.bias"},
		{"embeddings of another size", func(m memFS) {
			put(t, m, EmbeddingsFile, map[string]safetensors.Tensor{"embeddings": {Shape: []int{2, 3}, Data: make([]float32, 6)}})
			rewriteSums(t, m)
		}, ErrInvalid, EmbeddingsFile},
		{"embeddings of three dimensions", func(m memFS) {
			put(t, m, EmbeddingsFile, map[string]safetensors.Tensor{"embeddings": {Shape: []int{1, 1, 1}, Data: make([]float32, 1)}})
			rewriteSums(t, m)
		}, ErrInvalid, EmbeddingsFile},
		{"no sample", func(m memFS) {
			put(t, m, EmbeddingsFile, map[string]safetensors.Tensor{"embeddings": {Shape: []int{0, 64}}})
			rewriteSums(t, m)
		}, ErrInvalid, EmbeddingsFile},
		{"10,001 samples", func(m memFS) {
			put(t, m, EmbeddingsFile, map[string]safetensors.Tensor{"embeddings": {Shape: []int{10001, 1}, Data: make([]float32, 10001)}})
			rewriteSums(t, m)
		}, ErrInvalid, EmbeddingsFile},
		{"embeddings under another name", func(m memFS) {
			put(t, m, EmbeddingsFile, map[string]safetensors.Tensor{"x": p.Embeddings})
			rewriteSums(t, m)
		}, ErrInvalid, "embeddings"},
		{"metadata lies", config(func(c map[string]any) { c["metadata"].(map[string]any)["num_samples"] = 7 }), ErrInvalid, ConfigFile},
		{"eleven classes", config(func(c map[string]any) {
			pre := c["preprocessing"].(map[string]any)
			pre["classes"] = append(pre["classes"].([]any), "eleven")
		}), ErrInvalid, "11 classes"},
		{"other sample shape", config(func(c map[string]any) { c["preprocessing"].(map[string]any)["shape"] = []int{1, 27, 28} }), ErrInvalid, EncoderFile},
		{"negative sample shape", config(func(c map[string]any) { c["preprocessing"].(map[string]any)["shape"] = []int{-1, 28} }), ErrInvalid, "shape"},
		{"huge sample shape", config(func(c map[string]any) {
			c["preprocessing"].(map[string]any)["shape"] = []int{1 << 30, 1 << 30, 1 << 30}
		}), ErrInvalid, "shape"},
		{"deviation 0", config(func(c map[string]any) { c["preprocessing"].(map[string]any)["std"] = []float32{0} }), ErrInvalid, "deviation"},
		{"encoder without preprocessing", config(func(c map[string]any) { delete(c, "preprocessing") }), ErrInvalid, EncoderFile},
		{"head that cannot run", config(func(c map[string]any) {
			c["layers"].([]any)[1] = map[string]any{"type": "Flatten", "params": map[string]any{"start_dim": 3}}
		}), ErrInvalid, "head"},
		{"head that blows up", func(m memFS) {
			w := tensors(t, m, HeadFile)
			delete(w, "layers.2.weight")
			delete(w, "layers.2.bias")
			put(t, m, HeadFile, w)
			edit(t, m, func(c map[string]any) {
				c["layers"] = append(c["layers"].([]any)[:1], parsed(t, `[{"type":"Unflatten","params":{"dim":1,"unflattened_size":[1,1,128]}},
					{"type":"Upsample","params":{"size":[8192,8192]}},{"type":"AdaptiveAvgPool2d","params":{"output_size":[1,10]}},{"type":"Flatten"}]`)...)
			})
			rewriteSums(t, m)
		}, ErrInvalid, "bytes between the layers"},
		{"encoder that blows up", func(m memFS) {
			m[EncoderFile] = []byte(`{"layers":[{"type":"Upsample","params":{"size":[16384,16384]}},{"type":"AdaptiveAvgPool2d","params":{"output_size":[8,8]}},` +
				`{"type":"Flatten","params":{}}]}`)
			put(t, m, EncoderWeightsFile, map[string]safetensors.Tensor{})
			rewriteSums(t, m)
		}, ErrInvalid, "bytes between the layers"},
		{"head of small weights and much work", func(m memFS) {
			put(t, m, HeadFile, map[string]safetensors.Tensor{
				"layers.2.weight": {Shape: []int{1, 1, 15, 15}, Data: make([]float32, 225)},
				"layers.5.weight": {Shape: []int{10, 169}, Data: make([]float32, 1690)},
			})
			edit(t, m, func(c map[string]any) {
				c["layers"] = parsed(t, `[{"type":"Unflatten","params":{"dim":1,"unflattened_size":[1,8,8]}},
					{"type":"Upsample","params":{"scale_factor":128}},
					{"type":"Conv2d","params":{"in_channels":1,"out_channels":1,"kernel_size":15,"bias":false}},
					{"type":"AdaptiveAvgPool2d","params":{"output_size":13}},{"type":"Flatten","params":{}},{"type":"Linear","params":{"in_features":169,"out_features":10,"bias":false}}]`)
			})
			rewriteSums(t, m)
		}, ErrInvalid, "multiply-adds"},
		{"encoder of small weights and much work", func(m memFS) {
			m[EncoderFile] = []byte(`{"layers":[{"type":"Upsample","params":{"size":[4096,4096]}},{"type":"MaxPool2d","params":{"kernel_size":501,"stride":1,"padding":250}},` +
				`{"type":"AdaptiveAvgPool2d","params":{"output_size":[8,8]}},{"type":"Flatten","params":{}}]}`)
			put(t, m, EncoderWeightsFile, map[string]safetensors.Tensor{})
			rewriteSums(t, m)
		}, ErrInvalid, "multiply-adds"},
		{"20,000 unnamed classes", func(m memFS) {
			widen(t, m, 20_000)
			edit(t, m, func(c map[string]any) { delete(c["preprocessing"].(map[string]any), "classes") })
		}, ErrInvalid, "20000 outputs, Mnist has 10 classes"},
		{"40,000 classes", func(m memFS) { widen(t, m, 40_000) }, ErrInvalid, "at most 32768"},
		{"unknown layer", config(func(c map[string]any) {
			c["layers"].([]any)[1] = map[string]any{"type": "Magic", "params": map[string]any{}}
		}), ErrUnsupported, "Magic"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bad := change(t, good, test.spoil)
			p, err := Read(bad)
			require.True(t, p == nil) // a failure prints no package
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.NotEmpty(t, Verify(bad))
		})
	}
}

func TestVerifyNamesEverything(t *testing.T) {
	p, _, _ := buildMNIST(t)
	m, err := p.files()
	require.NoError(t, err)
	delete(m, EmbeddingsFile)
	m[HeadFile] = []byte("short")
	m[EncoderFile] = []byte("{}")
	problems := Verify(m)
	require.Len(t, problems, 3)
	for i, name := range []string{HeadFile, EmbeddingsFile, EncoderFile} {
		require.ErrorContains(t, problems[i], name)
	}
}

func TestSizeLimits(t *testing.T) {
	p, _, _ := buildMNIST(t)
	m, err := p.files()
	require.NoError(t, err)
	for _, limits := range []Limits{{Weights: 1000}, {Embeddings: 1000}} {
		_, err = Read(m, limits)
		require.ErrorIs(t, err, ErrInvalid)
		require.ErrorContains(t, err, "at most 1000")
	}
	head, embeddings := int64(len(m[HeadFile])), int64(len(m[EmbeddingsFile]))
	largest := max(head, int64(len(m[EncoderWeightsFile])))
	for _, limits := range []Limits{{}, {Weights: largest}, {Embeddings: embeddings}, {Weights: -1, Embeddings: -1}} {
		_, err = Read(m, limits)
		require.NoError(t, err, "%+v: files at their limit, and the defaults for what is not set", limits)
	}
	for _, limits := range []Limits{{Weights: largest - 1}, {Embeddings: embeddings - 1}} {
		_, err = Read(m, limits)
		require.ErrorIs(t, err, ErrInvalid)
	}
	m[ConfigFile] = bytes.Repeat([]byte{' '}, MaxConfig+1)
	_, err = Read(m)
	require.ErrorIs(t, err, ErrInvalid)
	dir := t.TempDir() // a directory in place of a file
	require.NoError(t, os.Mkdir(dir+"/"+ConfigFile, 0o700))
	_, err = Read(os.DirFS(dir))
	require.ErrorIs(t, err, ErrInvalid)
}

// TestLyingCreator: recomputing the embeddings detects a consistent package
// whose embeddings are not the encoder's.
func TestLyingCreator(t *testing.T) {
	p, _, sets := buildMNIST(t)
	require.NoError(t, p.CheckEmbeddings(context.Background(), sets.Test))
	lie := *p
	lie.Embeddings = safetensors.Tensor{Shape: p.Embeddings.Shape, Data: append([]float32{}, p.Embeddings.Data...)}
	lie.Embeddings.Data[777*64+5] += 0.5
	m, err := lie.files()
	require.NoError(t, err)
	read, err := Read(m)
	require.NoError(t, err, "the package is consistent")
	err = read.CheckEmbeddings(context.Background(), sets.Test)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "sample 777")
	require.ErrorIs(t, p.CheckEmbeddings(context.Background(), sets.Train), ErrInvalid, "another split")
	few, err := dataset.Subset(sets.Test, []int{1, 2, 3})
	require.NoError(t, err)
	require.ErrorIs(t, p.CheckEmbeddings(context.Background(), few), ErrInvalid)
}

func TestBadGradients(t *testing.T) {
	base, _, _ := buildMNIST(t)
	good, err := gradientFiles(base.Head, base)
	require.NoError(t, err)
	_, err = ReadGradient(good, base)
	require.NoError(t, err)
	for name, spoil := range map[string]func(m memFS){
		"no config":  func(m memFS) { delete(m, ConfigFile) },
		"no head":    func(m memFS) { delete(m, HeadFile) },
		"other head": func(m memFS) { m[HeadFile] = m[HeadFile][:100] },
		"giant head": func(m memFS) {
			w := tensors(t, m, HeadFile)
			w["layers.0.extra"] = safetensors.Tensor{Shape: []int{1 << 20}, Data: make([]float32, 1<<20)}
			put(t, m, HeadFile, w)
			rewriteSums(t, m)
		},
		"layer less": func(m memFS) {
			edit(t, m, func(c map[string]any) { c["layers"] = c["layers"].([]any)[:2] })
		},
		"other layer": func(m memFS) {
			edit(t, m, func(c map[string]any) {
				c["layers"].([]any)[1] = map[string]any{"type": "Identity", "params": map[string]any{}}
			})
		},
		"other argument": func(m memFS) {
			edit(t, m, func(c map[string]any) {
				c["layers"].([]any)[0].(map[string]any)["params"].(map[string]any)["out_features"] = 127
			})
		},
		"another file":       func(m memFS) { m["README.md"] = []byte("for you") },
		"embeddings as well": func(m memFS) { m[EmbeddingsFile] = m[HeadFile] },
		"weight left out": func(m memFS) {
			w := tensors(t, m, HeadFile)
			delete(w, "layers.2.bias")
			put(t, m, HeadFile, w)
			rewriteSums(t, m)
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadGradient(change(t, good, spoil), base)
			require.ErrorIs(t, err, ErrInvalid)
		})
	}
	for name, files := range map[string]map[string]any{
		"none":                        nil,
		"of another head":             {HeadFile: strings.Repeat("0", 64)},
		"of the base":                 {HeadFile: strings.Repeat("0", 64), EmbeddingsFile: strings.Repeat("1", 64), EncoderFile: "", EncoderWeightsFile: "x"},
		"of files that do not belong": {"README.md": strings.Repeat("2", 64)},
	} {
		_, err := ReadGradient(change(t, good, func(m memFS) {
			edit(t, m, func(c map[string]any) { c["files"] = files })
		}), base)
		require.NoError(t, err, "checksums %s", name)
	}
	// A kit's gradient leaves defaults out, but has the same head.
	lean := change(t, good, func(m memFS) {
		edit(t, m, func(c map[string]any) {
			delete(c["layers"].([]any)[0].(map[string]any)["params"].(map[string]any), "bias")
		})
	})
	_, err = ReadGradient(lean, base)
	require.NoError(t, err)
	other := base.Head
	other.Layers = other.Layers[:1]
	require.ErrorIs(t, WriteGradient(t.TempDir()+"/g", other, base), ErrInvalid)
}

func TestWriteLeavesNothingHalfWritten(t *testing.T) {
	p, _, _ := buildMNIST(t)
	p.Head.Weights = maps.Clone(p.Head.Weights)
	delete(p.Head.Weights, "layers.0.bias")
	dir := t.TempDir()
	err := p.Write(dir + "/package")
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "layers.0.bias")
	require.ErrorIs(t, p.Write(dir+"/missing/package"), ErrInvalid)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestReplace(t *testing.T) {
	p, _, _ := buildMNIST(t)
	parent := t.TempDir()
	dir := parent + "/package"
	require.ErrorIs(t, p.Replace(dir), fs.ErrNotExist)
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.WriteFile(dir+"/diary", nil, 0o600))
	require.ErrorContains(t, p.Replace(dir), "does not hold a package")
	require.FileExists(t, dir+"/diary")
	require.NoError(t, os.WriteFile(dir+"/"+ConfigFile, []byte("{}"), 0o600))
	require.ErrorIs(t, p.Replace(dir), fs.ErrNotExist, "any program's settings may be called that")
	require.FileExists(t, dir+"/diary")
	require.NoError(t, os.RemoveAll(dir))

	require.NoError(t, p.Write(dir))
	p.Encoder = nil
	require.NoError(t, p.Replace(dir+"/"))
	back, err := Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Nil(t, back.Encoder)
	require.NoFileExists(t, dir+"/"+EncoderFile)

	require.NoError(t, os.WriteFile(dir+"/wallet.json", nil, 0o600))
	require.ErrorIs(t, p.Replace(dir), fs.ErrExist, "nothing else is deleted")
	require.FileExists(t, dir+"/wallet.json")
	require.NoError(t, os.Remove(dir+"/wallet.json"))

	p.Head.Weights = nil
	require.ErrorIs(t, p.Replace(dir), ErrInvalid)
	_, err = Read(os.DirFS(dir))
	require.NoError(t, err, "the old package stays")
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary is left")
}

// FuzzRead: a package that is accepted can be written and read again, and is
// the same.
func FuzzRead(f *testing.F) {
	for _, kit := range []string{"kit-creator/", "kit-trainer/"} {
		var files [3][]byte
		for i, name := range []string{ConfigFile, HeadFile, EmbeddingsFile} {
			var err error
			files[i], err = os.ReadFile(fixture(kit + name))
			require.NoError(f, err)
		}
		f.Add(files[0], files[1], files[2])
	}
	f.Fuzz(func(t *testing.T, config, head, embeddings []byte) {
		p, err := Read(memFS{ConfigFile: config, HeadFile: head, EmbeddingsFile: embeddings})
		if err != nil {
			return
		}
		again, err := p.files()
		require.NoError(t, err)
		back, err := Read(again)
		require.NoError(t, err)
		back.Config.Files, p.Config.Files = nil, nil
		require.Equal(t, p, back)
	})
}

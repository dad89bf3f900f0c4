package lora

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/lowrank"
	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Read reads an adapter of the model, as [Adapter.Write] or PEFT's save_pretrained wrote it. Where the
// adapters are, the weights say: Config.Targets are their paths. An error that wraps [ErrInvalid],
// [ErrConfig] or [ErrUnsupported] is about the content; any other comes from fsys.
func Read(fsys fs.FS, model packagefmt.Model) (Adapter, error) {
	net, err := build(model)
	if err != nil {
		return Adapter{}, err
	}
	modules, err := lowrank.Modules(net, model.Names)
	if err != nil {
		return Adapter{}, err
	}
	b, err := readFile(fsys, ConfigFile, maxConfig)
	if err != nil {
		return Adapter{}, err
	}
	c, err := parseConfig(b)
	if err != nil {
		return Adapter{}, err
	}
	limit, err := mostBytes(c, net, modules)
	if err != nil {
		return Adapter{}, err
	}
	if b, err = readFile(fsys, WeightsFile, limit); err != nil {
		return Adapter{}, err
	}
	tensors, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return Adapter{}, fmt.Errorf("%w: %s: %w", ErrInvalid, WeightsFile, err)
	}
	a, err := named(c, tensors)
	if err != nil {
		return Adapter{}, err
	}
	return a, a.Check(model)
}

// mostBytes is how large the weights can be: adapters at every matrix, in float64. It fails if
// the configuration is out of range or a rank is larger than what any matrix of the model can use.
func mostBytes(c Config, net *nn.Net, modules []lowrank.Module) (int64, error) {
	c.Targets = []string{"any"}
	if err := c.Check(); err != nil {
		return 0, err
	}
	rank := c.Rank
	for _, r := range c.RankPattern {
		rank = max(rank, r)
	}
	var shapes [][]int
	for _, m := range modules {
		if a, b, _, err := net.AdapterShapes(m.Place, rank); err == nil { // else it cannot have one
			shapes = append(shapes, a, b)
		}
	}
	return safetensors.MaxHeader + 8 + 8*values(shapes), nil
}

// named is the adapter of the tensors of a file; its targets are the paths that they have.
func named(c Config, tensors map[string]safetensors.Tensor) (Adapter, error) {
	a := Adapter{Config: c, Weights: map[string]safetensors.Tensor{}}
	paths := map[string]bool{}
	for name, t := range tensors {
		own, ok := strings.CutPrefix(name, prefix)
		path := own
		for _, end := range []string{".lora_A.weight", ".lora_B.weight", ".lora_embedding_A", ".lora_embedding_B"} {
			path = strings.TrimSuffix(path, end)
		}
		if !ok || path == own || path == "" {
			return a, fmt.Errorf("%w: %s: tensor %.100q is none of an adapter's: want %s<path>.lora_A.weight", ErrInvalid, WeightsFile, name, prefix)
		}
		paths[path] = true
		a.Weights[own] = t
	}
	if len(paths) == 0 {
		return a, fmt.Errorf("%w: %s holds no tensors", ErrInvalid, WeightsFile)
	}
	a.Config.Targets = slices.Sorted(maps.Keys(paths))
	return a, nil
}

// readFile reads a file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	b, err := regular.ReadFS(fsys, name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: it has no %s: an adapter is that of %s and %s (PEFT's save_pretrained writes both)", ErrInvalid, name, ConfigFile, WeightsFile)
	}
	if errors.Is(err, regular.ErrKind) || errors.Is(err, regular.ErrSize) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return b, err
}

// FS is the adapter's files in memory.
func (a Adapter) FS() (fs.FS, error) { return a.files() }

func (a Adapter) files() (memfs.FS, error) {
	paths := map[string]bool{}
	tensors := map[string]safetensors.Tensor{}
	for name, t := range a.Weights {
		path, _, ok := strings.Cut(name, ".lora_")
		if !ok {
			return nil, fmt.Errorf("%w: tensor %.100q is none of an adapter's", ErrInvalid, name)
		}
		paths[path] = true
		tensors[prefix+name] = t
	}
	config, err := formatConfig(a.Config, slices.Sorted(maps.Keys(paths)))
	if err != nil {
		return nil, err
	}
	var weights bytes.Buffer
	if err := safetensors.Write(&weights, tensors); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return memfs.FS{ConfigFile: config, WeightsFile: weights.Bytes()}, nil
}

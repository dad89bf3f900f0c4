package packagefmt

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// MaxConfig bounds config.json and encoder.json, in bytes.
const MaxConfig = 1 << 20

// Versions of config.json.
const (
	// Version1 is the format of the public Python kits: no encoder, no
	// checksums.
	Version1 = 1
	// Version2 adds preprocessing, split, seed, checksums and the encoder.
	Version2 = 2
	// Version3 adds heads and encoders that are graphs, encoders that are ONNX files, and the
	// tasks of data rounds.
	Version3 = 3
)

// Config is a package's config.json.
type Config struct {
	// Version is one of the three; in a file it may be absent, which means 1.
	Version int
	// Layers are the head's layers.
	Layers []Layer
	// Inputs are the values that each layer takes ([Network]); nil before version 3
	// and where each takes that of the layer before.
	Inputs [][]int
	// Tied are the head's weights that are those of earlier layers ([Network]); nil
	// before version 3, and for none.
	Tied map[string]string
	// Metadata says what the package is made of.
	Metadata Metadata
	// Preprocessing turns a sample into the encoder's input; nil in the kits'
	// version 1.
	Preprocessing *Preprocessing
	// Split records where the model was cut; nil in the kits' version 1.
	Split *Split
	// Seed is the creator's choice for training: trainers who seed with it get
	// the same bits.
	Seed uint64
	// Task makes the package that of a data round; nil in those of heads, and before
	// version 3.
	Task *Task
	// Owner says whose submission to which round a gradient package is; nil: it does not
	// say. A model package has none.
	Owner *Owner
	// Files holds the SHA-256 of every other file of the package, in hex; nil in version 1.
	Files map[string]string
}

// Metadata describes the embeddings and the head.
type Metadata struct {
	// Dataset is the data set's name, as dataset.ID prints it.
	Dataset string `json:"dataset,omitempty"`
	// EmbeddingDim is the number of features the head takes.
	EmbeddingDim int `json:"embedding_dim"`
	// NumSamples is the number of embeddings.
	NumSamples int `json:"num_samples"`
	// HeadParamsRatio is the head's share of the model's parameters, 0 to 1.
	HeadParamsRatio float64 `json:"head_params_ratio"`
}

// Split records how a model was cut into encoder and head.
type Split struct {
	// Strategy is SplitRatio, SplitKit or SplitExplicit.
	Strategy string `json:"strategy"`
	// Ratio is the requested share of the parameters in the head, 0 to 1.
	Ratio float64 `json:"ratio"`
	// FirstLayer is the index, in the whole model, of the head's first layer.
	FirstLayer int `json:"first_layer"`
}

// configJSON mirrors the file.
type configJSON struct {
	Type          any               `json:"type,omitempty"`
	Version       int               `json:"version,omitempty"`
	Task          json.RawMessage   `json:"task,omitempty"`
	Layers        []Layer           `json:"layers,omitempty"`
	Nodes         []nodeJSON        `json:"nodes,omitempty"`
	Head          *layersJSON       `json:"head,omitempty"`
	Metadata      Metadata          `json:"metadata"`
	Preprocessing *Preprocessing    `json:"preprocessing,omitempty"`
	Split         *Split            `json:"split,omitempty"`
	Seed          uint64            `json:"seed,omitempty"`
	Program       *string           `json:"program,omitempty"`
	Round         *uint64           `json:"round,omitempty"`
	Trainer       *string           `json:"trainer,omitempty"`
	Files         map[string]string `json:"files,omitempty"`
}

// nodeJSON is a layer and the values that it takes.
type nodeJSON struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
	Inputs []int          `json:"inputs"`
	// Tied names, by the layer's own weights, those of earlier nodes that they are.
	Tied map[string]string `json:"tied,omitempty"`
}

type layersJSON struct {
	Layers []Layer `json:"layers"`
}

// networkJSON is layers in order, or, in version 3, a graph of them.
type networkJSON struct {
	Layers []Layer    `json:"layers,omitzero"`
	Nodes  []nodeJSON `json:"nodes,omitempty"`
}

// ParseConfig reads a config.json of any version. It checks only the form of
// the layers; Network.Check checks that they are supported.
func ParseConfig(b []byte) (Config, error) {
	var file configJSON
	if err := decodeJSON(b, &file); err != nil {
		return Config{}, err
	}
	switch {
	case file.Type == "llm_full":
		return Config{}, fmt.Errorf("%w: a package of type llm_full (a whole language model)", ErrUnsupported)
	case file.Type != nil:
		return Config{}, fmt.Errorf("%w: a package with a type (%.60q)", ErrUnsupported, fmt.Sprint(file.Type))
	case file.Version < 0 || file.Version > Version3:
		return Config{}, fmt.Errorf("%w: version %d; this module reads versions 1 to 3: update it to read a newer one", ErrUnsupported, file.Version)
	}
	head, err := file.network()
	if err != nil {
		return Config{}, err
	}
	if m := file.Metadata; m.EmbeddingDim < 0 || m.NumSamples < 0 {
		return Config{}, fmt.Errorf("%w: negative number in metadata", ErrInvalid)
	}
	owner, err := file.owner()
	if err != nil {
		return Config{}, err
	}
	var task *Task
	if file.Version == Version3 {
		if task, err = parseTask(file.Task); err != nil {
			return Config{}, err
		}
	}
	return Config{
		Version: max(file.Version, Version1), Layers: head.Layers, Inputs: head.Inputs, Tied: head.Tied, Metadata: file.Metadata,
		Preprocessing: file.Preprocessing, Split: file.Split, Seed: file.Seed, Task: task, Owner: owner, Files: file.Files,
	}, nil
}

// network is the head, without weights: exactly one of "layers", "head" and, in version
// 3, "nodes".
func (file configJSON) network() (n Network, err error) {
	given := 0
	if file.Layers != nil {
		given, n.Layers = given+1, file.Layers
	}
	if file.Head != nil {
		given, n.Layers = given+1, file.Head.Layers
	}
	if file.Nodes != nil && file.Version == Version3 {
		given, n = given+1, graphOf(file.Nodes)
	}
	if given > 1 {
		return n, fmt.Errorf(`%w: more than one of "layers", "head" and "nodes"`, ErrInvalid)
	}
	if len(n.Layers) == 0 {
		return n, fmt.Errorf("%w: no layers", ErrInvalid)
	}
	return n, checkLayers(n.Layers)
}

func graphOf(nodes []nodeJSON) Network {
	n := Network{Inputs: make([][]int, 0, len(nodes))}
	for i, nd := range nodes {
		n.Layers, n.Inputs = append(n.Layers, Layer{nd.Type, nd.Params}), append(n.Inputs, nd.Inputs)
		for param, to := range nd.Tied {
			if n.Tied == nil {
				n.Tied = map[string]string{}
			}
			n.Tied[weightName(i, param)] = to
		}
	}
	return n
}

// head is the head without weights.
func (c Config) head() Network { return Network{Layers: c.Layers, Inputs: c.Inputs, Tied: c.Tied} }

// MarshalJSON writes the config as config.json holds it.
func (c Config) MarshalJSON() ([]byte, error) {
	file := configJSON{
		Metadata: c.Metadata, Preprocessing: c.Preprocessing,
		Split: c.Split, Seed: c.Seed, Files: c.Files,
	}
	if o := c.Owner; o != nil {
		file.Program, file.Round, file.Trainer = &o.Program, &o.Round, &o.Trainer
	}
	if c.Version > Version1 {
		file.Version = c.Version
	}
	if c.Task != nil {
		var err error
		if file.Task, err = json.Marshal(c.Task); err != nil {
			return nil, err
		}
	}
	own, err := c.head().file()
	if err != nil {
		return nil, err
	}
	file.Layers, file.Nodes = own.Layers, own.Nodes
	return json.Marshal(file)
}

// file is the network, without weights, as a file has it.
func (n Network) file() (file networkJSON, err error) {
	if n.Inputs == nil {
		file.Layers = withParams(n.Layers)
	}
	for i, inputs := range n.Inputs {
		l := withParams(n.Layers[i : i+1])[0]
		file.Nodes = append(file.Nodes, nodeJSON{l.Type, l.Params, inputs, nil})
	}
	for name, to := range n.Tied {
		i, param, err := splitName(name)
		if err != nil {
			return file, err
		}
		if i >= len(file.Nodes) {
			return file, fmt.Errorf("%w: %s is tied, which only a graph can say", ErrInvalid, name)
		}
		if file.Nodes[i].Tied == nil {
			file.Nodes[i].Tied = map[string]string{}
		}
		file.Nodes[i].Tied[param] = to
	}
	return file, nil
}

// withParams writes "params": {} where there are none, as the kits expect.
func withParams(layers []Layer) []Layer {
	out := make([]Layer, len(layers))
	for i, l := range layers {
		if l.Params == nil {
			l.Params = map[string]any{}
		}
		out[i] = l
	}
	return out
}

// checkLayers limits the number of layers and the size of their arguments.
func checkLayers(layers []Layer) error {
	if len(layers) > maxLayers {
		return fmt.Errorf("%w: %d layers, at most %d", ErrInvalid, len(layers), maxLayers)
	}
	for i, l := range layers {
		if l.Type == "" {
			return fmt.Errorf("%w: layer %d has no type", ErrInvalid, i)
		}
		for name, v := range l.Params {
			if err := plainJSON(v, 0); err != nil {
				return fmt.Errorf("%w: layer %d (%.60s): argument %.60q: %w", ErrInvalid, i, l.Type, name, err)
			}
		}
	}
	return nil
}

func plainJSON(v any, depth int) error {
	switch v := v.(type) {
	case nil, bool, string:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%v is not finite", v)
		}
		return nil
	case []any:
		if depth > 2 || len(v) > 16 {
			return fmt.Errorf("a list that is too long or too deep")
		}
		for _, item := range v {
			if err := plainJSON(item, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%T is not a number, bool, string, list or null", v)
}

// parseEncoder reads encoder.json, without weights.
func parseEncoder(b []byte, version int) (n Network, err error) {
	var file networkJSON
	if err := decodeJSON(b, &file); err != nil {
		return n, err
	}
	switch graph := len(file.Nodes) > 0 && version == Version3; {
	case graph && file.Layers != nil:
		return n, fmt.Errorf(`%w: both "layers" and "nodes"`, ErrInvalid)
	case graph:
		n = graphOf(file.Nodes)
	case file.Layers == nil:
		return n, fmt.Errorf(`%w: no "layers"`, ErrInvalid)
	default:
		n.Layers = file.Layers
	}
	return n, checkLayers(n.Layers)
}

func jsonFile(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return []byte(b.String()), err
}

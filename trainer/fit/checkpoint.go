package fit

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Checkpoint is a training after some of its batches: all that [Options.Resume]
// needs to go on as if it had never stopped. WriteTo and [ReadCheckpoint] carry
// it across a restart.
type Checkpoint struct {
	Head   packagefmt.Network // as it is now
	Result Result             // so far; an epoch that has begun counts in Steps and Samples only

	samples  int
	seed     uint64
	part     part // of the epoch that has begun
	state    nn.State
	best     map[string]safetensors.Tensor // nil without a held-out part
	bestLoss float64
}

func (t *training) checkpoint() Checkpoint {
	r := t.result
	r.Epochs = slices.Clone(r.Epochs)
	return Checkpoint{
		Head: t.base.With(t.net.Weights()), Result: r,
		samples: t.n, seed: t.opts.Seed, part: t.part, state: t.trainer.State(), best: t.best.weights, bestLoss: t.best.loss,
	}
}

// resume takes over a checkpoint's state; prepare has taken its weights.
func (t *training) resume() error {
	c := t.opts.Resume
	if c == nil {
		return nil
	}
	if c.samples != t.n || c.seed != t.opts.Seed {
		return fmt.Errorf("%w: the checkpoint is of %d samples and seed %d, not %d and %d", ErrOptions, c.samples, c.seed, t.n, t.opts.Seed)
	}
	if (c.best != nil) != (len(t.heldOut) > 0 && len(c.Result.Epochs) > 0) {
		return fmt.Errorf("%w: the checkpoint was made with another HoldOut", ErrOptions)
	}
	if p := c.part; p.Batches < 0 || p.Batches > t.batches() || p.Samples != p.Batches*t.opts.BatchSize {
		return fmt.Errorf("%w: the checkpoint was made in an epoch of other batches", ErrOptions)
	}
	if err := t.trainer.SetState(c.state); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	t.result = c.Result
	t.result.Epochs = slices.Clone(c.Result.Epochs)
	t.part = c.part
	t.best = best{c.best, c.bestLoss, c.Result.Best}
	return nil
}

// checkpointHeader is the JSON in front of the tensors.
type checkpointHeader struct {
	Layers   []packagefmt.Layer
	Inputs   [][]int           `json:",omitempty"`
	Tied     map[string]string `json:",omitempty"`
	Result   Result
	Samples  int
	Seed     uint64
	Part     part
	Steps    int
	BestLoss float64
}

const (
	checkpointMagic     = "decloud checkpoint 1\n"
	maxCheckpointHeader = 1 << 22 // bytes of JSON
)

// WriteTo writes the checkpoint: a magic line, the length of a JSON header (4
// bytes, little-endian), the header, and the tensors as safetensors.
func (c Checkpoint) WriteTo(w io.Writer) (int64, error) {
	header, err := json.Marshal(checkpointHeader{c.Head.Layers, c.Head.Inputs, c.Head.Tied, c.Result, c.samples, c.seed, c.part, c.state.Steps, c.bestLoss})
	if err != nil {
		return 0, err
	}
	if len(header) > maxCheckpointHeader {
		return 0, fmt.Errorf("a checkpoint header of %d bytes is too long", len(header))
	}
	top := binary.LittleEndian.AppendUint32([]byte(checkpointMagic), uint32(len(header)))
	out := &counter{w: w}
	if _, err := out.Write(append(top, header...)); err != nil {
		return out.n, err
	}
	tensors := map[string]safetensors.Tensor{}
	for prefix, from := range map[string]map[string]safetensors.Tensor{"head/": c.Head.Weights, "best/": c.best, "optimizer/": c.state.Optimizer} {
		for name, t := range from {
			tensors[prefix+name] = t
		}
	}
	err = safetensors.Write(out, tensors)
	return out.n, err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// ReadCheckpoint reads a checkpoint that WriteTo wrote; size is its length in
// bytes.
func ReadCheckpoint(r io.Reader, size int64) (Checkpoint, error) {
	top := make([]byte, len(checkpointMagic)+4)
	if _, err := io.ReadFull(r, top); err != nil || string(top[:len(checkpointMagic)]) != checkpointMagic {
		return Checkpoint{}, fmt.Errorf("not a training checkpoint of this version")
	}
	n := int64(binary.LittleEndian.Uint32(top[len(checkpointMagic):]))
	rest := size - int64(len(top)) - n
	if n > maxCheckpointHeader || rest < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: a header of %d bytes in a file of %d", n, size)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	var h checkpointHeader
	if err := json.Unmarshal(header, &h); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	tensors, err := safetensors.Read(r, rest)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	c := Checkpoint{
		Head:   packagefmt.Network{Layers: h.Layers, Inputs: h.Inputs, Tied: h.Tied, Weights: map[string]safetensors.Tensor{}},
		Result: h.Result, samples: h.Samples, seed: h.Seed, part: h.Part, bestLoss: h.BestLoss,
		state: nn.State{Steps: h.Steps, Optimizer: map[string]safetensors.Tensor{}},
	}
	for name, t := range tensors {
		kind, name, _ := strings.Cut(name, "/")
		switch kind {
		case "head":
			c.Head.Weights[name] = t
		case "optimizer":
			c.state.Optimizer[name] = t
		case "best":
			if c.best == nil {
				c.best = map[string]safetensors.Tensor{}
			}
			c.best[name] = t
		default:
			return Checkpoint{}, fmt.Errorf("checkpoint: a tensor named %q", kind+"/"+name)
		}
	}
	return c, nil
}

func sortedNames(w map[string]safetensors.Tensor) []string { return slices.Sorted(maps.Keys(w)) }

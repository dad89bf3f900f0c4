package aggregate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// StateFile is the file of a run's model that holds the server optimizer's state,
// as float64. A model without it has a state of zeros.
const StateFile = "server.safetensors"

// Model is what a run improves: a head of its package, and the state of the
// server optimizer. Whoever has both can go on.
type Model struct {
	Head  packagefmt.Network
	State Step // by part and weight; empty for zeros
}

// FS makes the files of the model: a gradient package of pkg, with [StateFile]
// beside it where there is a state. The same model always has the same bytes.
func (m Model) FS(pkg *packagefmt.Package) (fs.FS, error) {
	head, err := packagefmt.GradientFS(m.Head, pkg)
	if err != nil || len(m.State) == 0 {
		return head, err
	}
	files, err := memfs.Read(head, pkg.GradientLimit())
	if err != nil {
		return nil, err
	}
	raw := map[string]safetensors.Raw{}
	for _, part := range []string{velocity, first, second} {
		for name, t := range m.Head.Weights {
			if values, ok := m.State[part+name]; ok {
				raw[part+name] = safetensors.Raw{DType: "F64", Shape: t.Shape, Data: doubles(values)}
			}
		}
	}
	var b bytes.Buffer
	if err := safetensors.WriteRaw(&b, raw); err != nil {
		return nil, err
	}
	files[StateFile] = b.Bytes()
	return files, nil
}

// ModelLimit is the largest size, in bytes, of a model of pkg, in any state: what
// is larger need not be fetched.
func ModelLimit(pkg *packagefmt.Package) int64 { return 3 * pkg.GradientLimit() }

// ReadModel reads a model of pkg that optimizer o goes on with. Errors are those of
// [packagefmt.ReadGradient]; a state that is not the optimizer's is a
// [packagefmt.ErrInvalid] as well.
func ReadModel(fsys fs.FS, pkg *packagefmt.Package, o Optimizer) (Model, error) {
	files, err := memfs.Read(fsys, ModelLimit(pkg))
	if errors.Is(err, memfs.ErrRead) {
		return Model{}, fmt.Errorf("%w: %w", packagefmt.ErrInvalid, err)
	}
	if err != nil {
		return Model{}, err
	}
	state, has := files[StateFile]
	delete(files, StateFile)
	head, err := packagefmt.ReadGradient(files, pkg)
	if err != nil || !has {
		return Model{Head: head}, err
	}
	m := Model{Head: head, State: Step{}}
	if err := m.readState(state, o); err != nil {
		return Model{}, fmt.Errorf("%w: %s: %w", packagefmt.ErrInvalid, StateFile, err)
	}
	return m, nil
}

// readState reads a state with every part of the optimizer's, and no more.
func (m *Model) readState(b []byte, o Optimizer) error {
	raw, err := safetensors.ReadRaw(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for _, part := range o.parts() {
		for name, weight := range m.Head.Weights {
			if !packagefmt.Learned(name) {
				continue
			}
			t, ok := raw[part+name]
			if !ok || t.DType != "F64" || !slices.Equal(t.Shape, weight.Shape) {
				return fmt.Errorf("no tensor %q of float64 and shape %v", part+name, weight.Shape)
			}
			delete(raw, part+name)
			if m.State[part+name], err = readDoubles(t.Data, part == second); err != nil {
				return fmt.Errorf("tensor %q: %w", part+name, err)
			}
		}
	}
	if len(raw) > 0 {
		return fmt.Errorf("%d tensors that %s has no use for", len(raw), o.WithDefaults().Server)
	}
	return nil
}

func doubles(values []float64) []byte {
	out := make([]byte, 0, 8*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// maxState bounds the numbers of a state: no change of float32 weights leads to a
// larger one, and none that is read can overflow.
const maxState = 1e100

// readDoubles reads numbers within the bounds; squares are not negative.
func readDoubles(b []byte, squares bool) ([]float64, error) {
	out := make([]float64, len(b)/8)
	for i := range out {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		if !(math.Abs(v) <= maxState) || squares && v < 0 {
			return nil, fmt.Errorf("element %d is %v", i, v)
		}
		out[i] = v
	}
	return out, nil
}

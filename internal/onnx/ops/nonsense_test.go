package ops

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// TestNonsense calls every operator with random inputs and attributes, on data and on
// trial runs: it computes or refuses, and does not panic.
func TestNonsense(t *testing.T) {
	const calls = 300 // of each
	rng := rand.New(rand.NewPCG(1, 2))
	computed := 0
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if strings.HasPrefix(name, Internal) { // no file can name it
			continue
		}
		for range calls {
			err := Run(table[name], nonsense(rng, table[name]))
			require.NotErrorIs(t, err, ErrInternal, name)
			if err == nil {
				computed++
			}
		}
	}
	t.Logf("%d of %d calls are computed", computed, calls*len(table))
	require.Greater(t, computed, calls*len(table)/20, "too few calls come to anything")
}

// nonsense is a call with what no exporter would write.
func nonsense(rng *rand.Rand, op *Op) *Call {
	outputs := []string{"a", "b", "c", "d"}
	c := &Call{Node: &wire.Node{Outputs: outputs[:1+rng.IntN(4)]}, Opset: int64(MinOpset + rng.IntN(MaxOpset-MinOpset+1)),
		Meter: &Meter{MaxBytes: 1 << 20, MaxWork: 1 << 20}}
	shape, typ := randomShape(rng), wire.Float
	for range op.min + rng.IntN(min(op.max, op.min+4)-op.min+1) {
		if rng.IntN(3) == 0 {
			shape = randomShape(rng)
		}
		if rng.IntN(5) == 0 {
			typ = []wire.DataType{wire.Float, wire.Int64, wire.Bool}[rng.IntN(3)]
		}
		c.In = append(c.In, randomValue(rng, typ, shape))
	}
	for _, name := range op.attrs {
		if rng.IntN(3) == 0 {
			c.Node.Attributes = append(c.Node.Attributes, randomAttribute(rng, name))
		}
	}
	return c
}

func randomShape(rng *rand.Rand) []int {
	shape := make([]int, rng.IntN(6))
	for d := range shape {
		shape[d] = []int{0, 1, 1, 1, 2, 2, 3, 4}[rng.IntN(8)]
	}
	return shape
}

// randomValue is absent now and then, or has no data.
func randomValue(rng *rand.Rand, t wire.DataType, shape []int) *Value {
	if rng.IntN(12) == 0 {
		return nil
	}
	v := &Value{Type: t, Shape: slices.Clone(shape), Known: rng.IntN(4) > 0}
	for range v.Size() {
		switch {
		case !v.Known:
		case t.Floating():
			v.F = append(v.F, float32(randomInt(rng))/2)
		default:
			v.I = append(v.I, wrap(randomInt(rng), t))
		}
	}
	return v
}

// randomInt is small nearly always.
func randomInt(rng *rand.Rand) int64 {
	if rng.IntN(20) == 0 {
		return int64(rng.Uint64())
	}
	return int64(rng.IntN(8)) - 2
}

// The attributes that are no integer.
const (
	texts = " activation approximate auto_pad coordinate_transformation_mode direction equation keep_aspect_ratio_policy mode nearest_mode norm post_transform reduction "
	reals = " a alpha b beta bias clip cubic_coeff_a epsilon gamma max min replaced_value_float softcap value_float "
	lists = " axes classlabels_ints dilations ends imputed_value_int64s kernel_shape output_padding output_shape pads perm split starts strides value_ints " +
		"activation_alpha activation_beta coefficients imputed_value_floats intercepts offset scale scales value_floats activations classlabels_strings "
)

var words = strings.Fields("VALID SAME_UPPER SAME_LOWER align_corners asymmetric reverse bidirectional ij,jk->ik ...i,...i->... not_larger linear cubic " +
	"reflect wrap edge CRD ceil L1 L2 SOFTMAX LOGISTIC PROBIT add mul max Relu Clip tanh")

// randomAttribute has values of all types; its own type is mostly the one wanted.
func randomAttribute(rng *rand.Rand, name string) *wire.Attribute {
	a := &wire.Attribute{Name: name, Type: wire.AttrInt, I: randomInt(rng), F: float32(randomInt(rng)) / 2, S: words[rng.IntN(len(words))],
		T: &wire.Tensor{Type: wire.Float, Floats: []float32{1}}}
	for range rng.IntN(7) {
		a.Ints, a.Floats = append(a.Ints, randomInt(rng)), append(a.Floats, float32(randomInt(rng)))
		a.Strings = append(a.Strings, []string{"Tanh", "Relu", "Affine"}[rng.IntN(3)])
	}
	listed := []wire.AttributeType{wire.AttrInts, wire.AttrFloats, wire.AttrStrings, wire.AttrTensor}
	switch in := func(set string) bool { return strings.Contains(set, " "+name+" ") }; {
	case in(texts):
		a.Type = wire.AttrString
	case in(reals):
		a.Type = wire.AttrFloat
	case in(lists) || name == "value":
		a.Type = listed[rng.IntN(len(listed))]
	}
	return a
}

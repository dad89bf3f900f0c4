package packagefmt

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
)

// A model file may name whatever it likes, since nothing is run, but for what runs
// commands in Python.
func TestNamesThatAModelMayUse(t *testing.T) {
	for name, ok := range map[pickle.Global]bool{
		{Module: "torch.nn.modules.linear", Name: "Linear"}: true,
		{Module: "__main__", Name: "Yours"}:                 true,
		{Module: "builtins", Name: "getattr"}:               true,
		{Module: "builtins", Name: "eval"}:                  false,
		{Module: "subprocess", Name: "Popen"}:               false,
	} {
		if ok {
			require.NoError(t, allow(name), name)
		} else {
			require.ErrorIs(t, allow(name), ErrUnsupported, name)
		}
	}
}

// Of functions only two activate a TransformerEncoderLayer.
func TestActivations(t *testing.T) {
	for name, want := range map[pickle.Global]string{
		{Module: "torch.nn.functional", Name: "relu"}: "relu",
		{Module: "torch.nn.functional", Name: "gelu"}: "gelu",
		{Module: "torch._C._nn", Name: "gelu"}:        "gelu",
		{Module: "torch.nn.functional", Name: "tanh"}: "",
		{Module: "torch._C._nn", Name: "relu"}:        "",
		{Module: "__main__", Name: "gelu"}:            "",
	} {
		got, err := decoded(t, mod("x", "Y", uni("activation"), global(name.Module, name.Name))).activation()
		require.Equal(t, want, got, name)
		require.Equal(t, want != "", err == nil, "%v: %v", name, err)
	}
}

// nested is a layer within so many Sequentials.
func nested(depth int) string {
	text := linear(tensor(2, 0, []int64{1, 2}, []int64{2, 1}))
	for range depth {
		text = sequential(text)
	}
	return text
}

func TestNestingOfModules(t *testing.T) {
	for depth, ok := range map[int]bool{0: true, 1: true, maxDepth: true, maxDepth + 1: false} {
		b := pt(t, pk(nested(depth)))
		m, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
		if ok {
			require.NoError(t, err, depth)
			require.Equal(t, []string{"Linear"}, types(m.Network))
		} else {
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, "nested more than 64 deep")
		}
	}
}

// An error says which module it is about.
func TestErrorsNameTheModule(t *testing.T) {
	strange := mod("other", "Strange")
	for text, want := range map[string]string{
		strange:                         "the model is a",
		sequential(strange):             `module "0" is a`,
		sequential(sequential(strange)): `module "0.0" is a`,
	} {
		b := pt(t, pk(text))
		_, err := LoadPyTorch(bytes.NewReader(b), int64(len(b)), PyTorchOptions{})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, want)
	}
}

func TestWalkOfATreeIsBounded(t *testing.T) {
	work := maxWork - 2
	m := module{work: &work}
	require.NoError(t, m.charge(2), "as many steps as there may be")
	require.ErrorIs(t, m.charge(1), ErrInvalid)
}

// decoded is the module of a pickle, which may name anything.
func decoded(t *testing.T, text string) module {
	v, _, err := pickle.Decode([]byte("\x80\x04"+text+"."), pickle.Hooks{Allow: func(pickle.Global) error { return nil }})
	require.NoError(t, err)
	work := 0
	m, err := newModule(v.(*pickle.Object), &work)
	require.NoError(t, err)
	return m
}

// What torch.save leaves out of a state_dict is no weight: parameters and
// buffers that are None, and buffers that are not persistent.
func TestTensorsOfAModule(t *testing.T) {
	m := decoded(t, mod("x", "Y",
		uni("_parameters"), "}("+uni("weight")+"K\x01"+uni("bias")+"Nu",
		uni("_buffers"), "}("+uni("mean")+"K\x01"+uni("none")+"N"+uni("scratch")+"K\x01u",
		uni("_non_persistent_buffers_set"), "\x8f("+uni("scratch")+uni("weight")+"\x90"))
	names, err := m.tensors()
	require.NoError(t, err)
	require.Equal(t, []string{"weight", "mean"}, names)
}

// A layer has parts, and those may have some: five levels are more than any has.
func TestPartsOfALayer(t *testing.T) {
	for depth, ok := range map[int]bool{0: true, 4: true, 5: false} {
		text := mod("x", "Y")
		for range depth {
			text = mod("x", "Y", uni("_modules"), "}("+uni("a")+text+"u")
		}
		err := decoded(t, text).eachTensor("", 0, func(string, torchfile.Tensor) error { return nil })
		if ok {
			require.NoError(t, err, depth)
		} else {
			require.ErrorIs(t, err, ErrInvalid, depth)
		}
	}
}

// Whole numbers are arguments as long as float64 holds them exactly.
func TestArgumentsOfPython(t *testing.T) {
	list := func(n int, item any) pickle.Tuple {
		items := make(pickle.Tuple, n)
		for i := range items {
			items[i] = item
		}
		return items
	}
	for _, c := range []struct {
		v  any
		ok bool
	}{
		{int64(1) << 53, true}, {int64(1)<<53 + 1, false}, {-int64(1) << 53, true}, {-int64(1)<<53 - 1, false},
		{list(16, int64(1)), true}, {list(17, int64(1)), false},
		{list(1, list(1, list(1, 0.5))), true}, {list(1, list(1, list(1, list(1, 0.5)))), false},
		{math.Inf(1), false}, {nil, true}, {"same", true}, {pickle.Global{Name: "relu"}, false},
	} {
		_, err := jsonValue(c.v, 0)
		require.Equal(t, c.ok, err == nil, "%v: %v", c.v, err)
	}
}

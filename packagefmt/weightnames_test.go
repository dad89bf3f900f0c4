package packagefmt

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func TestPrefixOfAWeight(t *testing.T) {
	shapes := map[string][]int{"weight": {2}, "in_proj.weight": {2}}
	for name, want := range map[string]string{
		"weight": "", "fc.weight": "fc.", "features.0.weight": "features.0.", "x.in_proj.weight": "x.",
		"myweight": "none", "fc.bias": "none", "weight.fc": "none",
	} {
		prefix, ok := prefixOf(name, shapes)
		if !ok {
			prefix = "none"
		}
		require.Equal(t, want, prefix, name)
	}
}

// Without names the weights must be numbered by layers, all in one way.
func TestNumberedWeights(t *testing.T) {
	for names, want := range map[string]string{
		"0.weight 2.bias":         "layers.0.weight layers.2.bias",
		"net.0.weight net.2.bias": "layers.0.weight layers.2.bias",
		"a.b.1.weight":            "layers.1.weight",
		"layer0.weight":           "",
		"net.0.weight 1.weight":   "",
		"a.0.weight b.1.weight":   "",
		"weight":                  "",
	} {
		tensors := map[string]safetensors.Tensor{}
		for _, name := range strings.Fields(names) {
			tensors[name] = safetensors.Tensor{}
		}
		got, err := numbered(tensors)
		if want == "" {
			require.ErrorIs(t, err, ErrInvalid, names)
			continue
		}
		require.NoError(t, err, names)
		require.Equal(t, want, strings.Join(slices.Sorted(maps.Keys(got)), " "))
	}
}

// An error lists what a dictionary holds, up to eight keys.
func TestKeysInAnError(t *testing.T) {
	keys := func(n int) string {
		text := "\x80\x02}("
		for i := range n {
			text += "K" + string(rune(i+1)) + "N"
		}
		v, _, err := pickle.Decode([]byte(text+"u."), pickle.Hooks{})
		require.NoError(t, err)
		return keyList(v.(*pickle.Dict))
	}
	require.Equal(t, `"1", "2"`, keys(2))
	require.Equal(t, `"1", "2", "3", "4", "5", "6", "7", "8"`, keys(8))
	require.Equal(t, `"1", "2", "3", "4", "5", "6", "7", "8", …`, keys(9))
}

func TestLearned(t *testing.T) {
	for name, want := range map[string]bool{
		"layers.0.weight": true, "layers.0.bias": true, "layers.1.running_mean": false, "layers.1.running_var": false,
		"layers.1.num_batches_tracked": false, "layers.1.running_variance": true,
	} {
		require.Equal(t, want, Learned(name), name)
	}
}

//go:build python

package update

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// python runs testdata/update.py, which is written from FORMAT.md alone.
func python(t *testing.T, in []byte, shapes map[string][]int, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3"), append([]string{"testdata/update.py"}, args...)...)
	text, err := json.Marshal(shapes)
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stderr = append(os.Environ(), "SHAPES="+string(text)), bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.String())
	return out
}

// An update that Python writes from FORMAT.md is accepted, and has the very values that
// our own has; what we write Python reads to the same bits.
func TestPythonWritesAndReadsUpdates(t *testing.T) {
	change := changeOf(model(), 7)
	shapes, asJSON := map[string][]int{}, map[string]any{}
	for name, c := range change {
		shapes[name], asJSON[name] = append([]int{}, c.Shape...), map[string]any{"shape": append([]int{}, c.Shape...), "data": c.Data}
	}
	text, err := json.Marshal(asJSON)
	require.NoError(t, err)
	for _, e := range encodings {
		t.Run(fmt.Sprint(e.kind(), e.Fraction), func(t *testing.T) {
			ours := made(t, e)
			want, err := Read(ours, names(), model())
			require.NoError(t, err)

			theirs := made(t, e)
			theirs[ValuesFile] = python(t, text, nil, "write", string(e.kind()), fmt.Sprint(e.Fraction))
			got, err := Read(theirs, names(), model())
			require.NoError(t, err)
			require.Equal(t, bits(want), bits(got))

			var read map[string][]float32
			require.NoError(t, json.Unmarshal(python(t, ours[ValuesFile], shapes, "read", string(e.kind())), &read))
			for name, values := range read {
				require.Equal(t, bitsOf(want[name]), bitsOf(safetensors.Tensor{Data: values}), name)
			}
			require.Len(t, read, len(want))
		})
	}
}

func bits(c Change) map[string][]uint32 {
	out := map[string][]uint32{}
	for name, t := range c {
		out[name] = bitsOf(t)
	}
	return out
}

func bitsOf(t safetensors.Tensor) []uint32 {
	out := make([]uint32, len(t.Data))
	for i, v := range t.Data {
		out[i] = math.Float32bits(v)
	}
	return out
}

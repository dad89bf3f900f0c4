//go:build python

package lora

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// What is written here PEFT loads: it computes and merges the same. DECLOUD_PEFT is a Python with
// PEFT and PyTorch (.ci/install makes one).
func TestPEFTLoadsWhatIsWritten(t *testing.T) {
	python := os.Getenv("DECLOUD_PEFT")
	if python == "" {
		t.Skip("DECLOUD_PEFT is not set")
	}
	for name, c := range map[string]struct {
		of     string
		config Config
	}{
		"linear":       {"linear", Config{Rank: 3, Alpha: 7, Targets: []string{"0", "2"}}},
		"convolutions": {"convolutions", Config{Rank: 4, Alpha: 6, RSLoRA: true, Targets: []string{"0", "2", "6"}}},
		"embedding":    {"embedding", Config{Rank: 2, Alpha: 3, Dropout: 0.5, Targets: []string{"0", "2"}}},
		"gpt": {"gpt not tied", Config{
			Rank: 4, Alpha: 8, Targets: []string{"0", "2", "3.self_attn", "5"},
			RankPattern: map[string]int{"linear1": 2}, AlphaPattern: map[string]float64{"2.self_attn.k_proj": 3},
		}},
		"gpt, tied": {"gpt everything", Config{Rank: 2, Alpha: 2.5, Targets: []string{"q_proj", "v_proj"}}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			fixture := readCase(t, c.of)
			m, x := fixture.model(), fixture.X.tensor()
			a, err := New(m, c.config, 9)
			require.NoError(t, err)
			for _, w := range a.Weights { // both A and B are other than zero
				for i := range w.Data {
					w.Data[i] += float32(i%7-3) / 20
				}
			}
			dir := t.TempDir()
			require.NoError(t, a.Write(filepath.Join(dir, "adapter")))
			described, err := json.Marshal(map[string]any{"layers": m.Layers, "tied": m.Tied})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "model.json"), described, 0o600))
			writeTensors(t, filepath.Join(dir, "model.safetensors"), m.Weights)
			writeTensors(t, filepath.Join(dir, "x.safetensors"), map[string]safetensors.Tensor{"x": x})
			cmd := exec.Command(python, "check.py", dir)
			cmd.Dir = "testdata"
			cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)

			merged, err := a.Merge(m)
			require.NoError(t, err)
			close32(t, "outputs", readTensors(t, filepath.Join(dir, "y.safetensors"))["y"].Data, forward(t, merged, x))
			if m.Tied != nil {
				return
			}
			for name, w := range readTensors(t, filepath.Join(dir, "merged.safetensors")) {
				close32(t, name, w.Data, merged.Weights[name].Data)
			}
		})
	}
}

// close32 compares two results in float32.
func close32(t *testing.T, what string, want, got []float32) {
	t.Helper()
	require.Len(t, got, len(want), what)
	top := 0.0
	for _, v := range want {
		top = max(top, float64(v), -float64(v))
	}
	for i, v := range got {
		require.InDelta(t, want[i], v, 2e-5*top, "%s, element %d", what, i)
	}
}

func writeTensors(t *testing.T, path string, tensors map[string]safetensors.Tensor) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, safetensors.Write(f, tensors))
	require.NoError(t, f.Close())
}

func readTensors(t *testing.T, path string) map[string]safetensors.Tensor {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	tensors, err := safetensors.Read(f, info.Size())
	require.NoError(t, err)
	return tensors
}

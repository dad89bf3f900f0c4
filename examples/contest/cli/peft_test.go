//go:build python

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// What README.md has Python do with a package and an adapter gives the model that validators have scored. DECLOUD_PEFT is a
// Python with PEFT and PyTorch (.ci/install makes one).
func TestPEFTLoadsTheAdapterOfAContest(t *testing.T) {
	python := os.Getenv("DECLOUD_PEFT")
	if python == "" {
		t.Skip("DECLOUD_PEFT is not set")
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```python\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, block)

	dir := t.TempDir()
	apptest.New(t, creator.App()).Must("build", "-m", model, "-d", "Mnist", "--task", taskFile(t), "-o", filepath.Join(dir, "package"))
	pkg, err := packagefmt.Read(os.DirFS(filepath.Join(dir, "package")))
	require.NoError(t, err)
	whole, err := pkg.Whole()
	require.NoError(t, err)
	a, err := lora.New(whole, lora.Config{Rank: 4, Alpha: 8, Targets: []string{"encoder.layers.1", "head.layers.0", "head.layers.2"}}, 7)
	require.NoError(t, err)
	for _, w := range a.Weights { // B is zero as long as nothing was learned
		for i := range w.Data {
			w.Data[i] += float32(i%7-3) / 50
		}
	}
	require.NoError(t, a.Write(filepath.Join(dir, "adapter")))

	x := safetensors.Tensor{Shape: []int{3, 1, 28, 28}, Data: make([]float32, 3*28*28)}
	for i := range x.Data {
		x.Data[i] = float32(i%11) / 11
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, map[string]safetensors.Tensor{"x": x}))
	require.NoError(t, os.WriteFile(file("x.safetensors"), b.Bytes(), 0o600))
	script := string(block[1]) + `
from safetensors.torch import save_file
save_file({"y": model(load_file("x.safetensors")["x"]).detach()}, "y.safetensors")
`
	require.NoError(t, os.WriteFile(file("script.py"), []byte(script), 0o600))
	cmd := exec.Command(python, "script.py")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	text, err := os.ReadFile(file("y.safetensors"))
	require.NoError(t, err)
	y, err := safetensors.Read(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	merged, err := a.Merge(whole)
	require.NoError(t, err)
	require.NoError(t, packagefmt.Model{Network: merged}.CheckOutputs(x, y["y"]))
	require.Error(t, whole.CheckOutputs(x, y["y"]), "the adapter changes what the model says")
}

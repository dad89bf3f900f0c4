package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// open reads the model, by the name of its file.
func (r *recipe) open() (packagefmt.Model, error) {
	if info, err := os.Stat(r.model); err == nil && info.IsDir() {
		return packagefmt.Model{}, fmt.Errorf("%s %s", r.model, directoryIs(r.model))
	}
	if strings.EqualFold(filepath.Ext(r.model), ".onnx") {
		return packagefmt.OpenONNX(r.model, packagefmt.ONNXOptions{Output: r.logits})
	}
	layers, names, err := readLayers(r.layers)
	if err != nil {
		return packagefmt.Model{}, err
	}
	if strings.EqualFold(filepath.Ext(r.model), ".safetensors") {
		return openSafetensors(r.model, layers, names)
	}
	return packagefmt.OpenPyTorch(r.model, packagefmt.PyTorchOptions{InOrder: r.inOrder, Key: r.key, Layers: layers})
}

// directoryIs says what is in a directory that was given for a model, and what to
// do: the forward pass of a model is in none of these.
func directoryIs(dir string) string {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	quoted := app.Plain(fmt.Sprintf("%q", dir))
	switch {
	case has("model.onnx"):
		return "is a directory: -m " + filepath.Join(dir, "model.onnx")
	case has("saved_model.pb"):
		return "is a SavedModel of TensorFlow: write it as ONNX with\n  python -m tf2onnx.convert --saved-model " + quoted + " --output model.onnx"
	case has("config.json"):
		return "is a model of Hugging Face's: its files hold weights, not what is computed with them. Write it as ONNX with\n  optimum-cli export onnx --model " +
			quoted + " onnx/\nand give -m onnx/model.onnx; or give the .safetensors file and its layers in --layers"
	}
	return "is a directory: -m wants a model's file"
}

// openSafetensors reads weights, whose layers the file does not say.
func openSafetensors(path string, layers []packagefmt.Layer, names []string) (packagefmt.Model, error) {
	if len(layers) == 0 {
		return packagefmt.Model{}, fmt.Errorf("%s holds weights without the layers they belong to: list these in a file for --layers, "+
			"or save the model as ONNX, which takes any architecture: %s", path, packagefmt.ExportLine)
	}
	f, info, err := userfile.Open(path)
	if err != nil {
		return packagefmt.Model{}, err
	}
	defer f.Close()
	m, err := packagefmt.LoadSafetensors(f, info.Size(), layers, names)
	if err != nil {
		err = fmt.Errorf("%s: %w; in --layers \"name\" is a layer's name in the file", path, err)
	}
	return m, err
}

// readLayers reads the layers of a file of weights, and their names in it if any has
// one; no path is no error.
func readLayers(path string) (layers []packagefmt.Layer, names []string, err error) {
	if path == "" {
		return nil, nil, nil
	}
	var list []struct {
		packagefmt.Layer
		Name string `json:"name"`
	}
	data, err := userfile.Read(path, packagefmt.MaxConfig)
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--layers %s: %w", path, err)
	}
	named := false
	for _, l := range list {
		layers, names = append(layers, l.Layer), append(names, l.Name)
		named = named || l.Name != ""
	}
	if !named {
		names = nil
	}
	return layers, names, nil
}

package cli

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// saveLine is the line of Python that writes a file for --check.
const saveLine = `numpy.savez("samples.npz", x=x.numpy(), logits=model.eval()(x).detach().numpy())`

// checkOutputs compares the model that was read with what the original one computed,
// and returns on how many samples.
func checkOutputs(model packagefmt.Model, path string) (samples int, err error) {
	f, info, err := userfile.Open(path)
	if err != nil {
		return 0, fmt.Errorf("--check: %w", err)
	}
	defer f.Close()
	read := func(name string) (t safetensors.Tensor, err error) {
		t.Data, t.Shape, err = dataset.ReadNPZValues(f, info.Size(), name)
		return t, err
	}
	x, err := read("x")
	if err != nil {
		return 0, fmt.Errorf("--check %s: %w; write it with %s", path, err, saveLine)
	}
	logits, err := read("logits")
	if err != nil {
		return 0, fmt.Errorf("--check %s: %w; write it with %s", path, err, saveLine)
	}
	if err := model.CheckOutputs(x, logits); err != nil && model.ONNX != nil {
		return 0, fmt.Errorf("--check %s: %w: were the samples preprocessed as for training, and is the file this model's? write it with %s", path, err, saveLine)
	} else if err != nil {
		return 0, fmt.Errorf("--check %s: %w; its forward() does more than run layers in order: save it as ONNX instead, %s", path, err, packagefmt.ExportLine)
	}
	return x.Shape[0], nil
}

package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Files that are models, and intact, but of another kind than torch.save's.
var (
	// ErrTorchScript means that the file comes from torch.jit.save.
	ErrTorchScript = errors.New("a TorchScript archive: it holds code, which is never run here; " +
		"save the nn.Module itself with torch.save")
	// ErrExported means that the file comes from torch.export.save.
	ErrExported = errors.New("a program of torch.export (.pt2): it holds a graph of PyTorch's own operators, which is not read here; " +
		"save the nn.Module itself with torch.save")
	// ErrForeign means that another program wrote the file.
	ErrForeign = errors.New("not a file of torch.save")
)

// IsForeign reports whether an error says that a file is a model of another kind.
func IsForeign(err error) bool {
	return errors.Is(err, ErrTorchScript) || errors.Is(err, ErrExported) || errors.Is(err, ErrForeign)
}

// foreignZip recognises an archive by the name of one of its entries.
func foreignZip(entry string) error {
	dir, name := path.Split(entry)
	switch {
	case name == "constants.pkl" || strings.Contains(dir, "/code/"):
		return ErrTorchScript
	case name == "serialized_exported_program.json" || name == "archive_format" || strings.Contains("/"+dir, "/models/") && name == "model.json":
		return ErrExported
	case name == "fingerprint.pb" || name == "keras_metadata.pb" || name == "model.weights.h5":
		return fmt.Errorf("%w: a model of Keras or TensorFlow; tf2onnx writes it as ONNX: python -m tf2onnx.convert --keras model.keras --output model.onnx", ErrForeign)
	}
	return nil
}

// foreignFile recognises a file that is no archive by its first bytes; head is at
// least four. A file of torch.save begins with a pickle of protocol 2 or later.
func foreignFile(head []byte) error {
	switch {
	case head[0] == 0x80:
		return nil
	case bytes.HasPrefix(head, []byte("\x89HDF")):
		return fmt.Errorf("%w: HDF5, as Keras writes; tf2onnx writes the model as ONNX: python -m tf2onnx.convert --keras model.h5 --output model.onnx", ErrForeign)
	case len(head) > 8 && head[8] == '{':
		return fmt.Errorf("%w: weights in safetensors form; give the file its name, .safetensors, and its layers in --layers", ErrForeign)
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return fmt.Errorf("%w: it only says where Git LFS has the model; run git lfs pull", ErrForeign)
	case bytes.HasPrefix(head, []byte("GGUF")):
		return fmt.Errorf("%w: GGUF, quantized weights of a language model", ErrForeign)
	}
	return fmt.Errorf("%w: neither a zip file nor a pickle", ErrFormat)
}

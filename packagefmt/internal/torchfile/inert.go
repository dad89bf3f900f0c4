package torchfile

import (
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/pickle"
)

// isInert reports whether g is a harmless name that training scripts leave in their
// checkpoints beside the model. It stays a name: a call of it becomes an inert
// object, and no value that is read depends on it.
func isInert(g pickle.Global) bool {
	module := g.Module
	if rest, ok := strings.CutPrefix(module, "numpy._core"); ok { // NumPy 2
		module = "numpy.core" + rest
	}
	for _, name := range inert[module] {
		if name == g.Name {
			return true
		}
	}
	return false
}

// inert are these names by their modules.
var inert = map[string][]string{
	"__builtin__":           {"dict", "list", "tuple", "int", "float", "bool", "str", "unicode", "bytearray", "complex"},
	"_codecs":               {"encode"},
	"argparse":              {"Namespace"},
	"builtins":              {"dict", "list", "tuple", "int", "float", "bool", "str", "bytearray", "complex"},
	"collections":           {"OrderedDict", "defaultdict", "deque", "Counter"},
	"datetime":              {"datetime", "date", "timedelta"},
	"numpy":                 {"dtype", "ndarray", "float16", "float32", "float64", "int32", "int64", "bool_"},
	"numpy.core.multiarray": {"scalar", "_reconstruct"},
	"numpy.core.numeric":    {"_frombuffer"},
	"numpy.dtypes":          {"Float16DType", "Float32DType", "Float64DType", "Int32DType", "Int64DType", "BoolDType"},
	"pathlib":               {"PosixPath", "WindowsPath", "PurePosixPath"},
	"torch":                 {"device", "Tensor"},
	"torch._utils":          {"_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_device_tensor_from_numpy"},
	"torch.nn.parameter":    {"Parameter"},
	"torch.optim.optimizer": {"required", "_RequiredParameter"},
	"torch.serialization":   {"_get_layout"},
}

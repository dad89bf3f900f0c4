package dataset

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"sync"
)

//go:embed data
var files embed.FS

// ErrNotBuiltin means that a data set does not come with this module.
var ErrNotBuiltin = errors.New("dataset: not built in")

// Sets are the two parts of a data set, each in its fixed order. Packages are
// scored on Test: nobody should train on it.
type Sets struct {
	Train, Test *Memory
}

// Builtin returns a data set that comes with this module: real data, of whose
// origin DATA.md tells. ErrNotBuiltin for every other id: open a file of it.
//
//   - Mnist: 3,000 handwritten digits, 1×28×28, 10 classes. Test holds 1,000,
//     Train 2,000; every run of ten samples (from a multiple of ten on) holds
//     each digit once.
func Builtin(id ID) (Sets, error) {
	if load, ok := builtin[id]; ok {
		return load()
	}
	return Sets{}, fmt.Errorf("%w: %v; open your own copy of it (OpenIDX, OpenCIFAR, OpenCSV)", ErrNotBuiltin, id)
}

var builtin = map[ID]func() (Sets, error){
	Mnist: sync.OnceValues(loadMNIST),
}

func loadMNIST() (Sets, error) {
	var s Sets
	for name, part := range map[string]**Memory{"train": &s.Train, "test": &s.Test} {
		images, err := files.ReadFile("data/mnist-" + name + "-images.idx.gz")
		if err != nil {
			return Sets{}, err
		}
		labels, err := files.ReadFile("data/mnist-" + name + "-labels.idx.gz")
		if err != nil {
			return Sets{}, err
		}
		if *part, err = ReadIDX(bytes.NewReader(images), bytes.NewReader(labels), 10); err != nil {
			return Sets{}, err
		}
	}
	return s, nil
}

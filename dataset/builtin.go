package dataset

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data
var files embed.FS

// ErrNotBuiltin means that a data set is not included in this module.
var ErrNotBuiltin = errors.New("dataset: not built in")

// Sets holds the two parts of a data set, each in a fixed order.
type Sets struct {
	Train Described // what trainers learn from
	Test  Described // what packages are scored on: do not train on it
	// ClassNames are the names of the classes, by label.
	ClassNames []string
}

// Builtin returns a data set that is included in this module: real data, whose
// origin DATA.md names. For every other id it returns ErrNotBuiltin: open files
// of your own.
//
//   - Mnist: 3,000 handwritten digits, 1×28×28, 10 classes. Test holds 1,000,
//     Train 2,000; every ten samples (starting at a multiple of ten) hold each
//     digit once.
//   - Iris, Wine, BreastCancer: 150, 178 and 569 rows of 4, 13 and 30 features,
//     of which a fifth of each class is Test. The features are not normalized;
//     see MeanStd.
func Builtin(id ID) (Sets, error) {
	if load, ok := builtin[id]; ok {
		return load()
	}
	return Sets{}, fmt.Errorf("%w: %v; open your own copy of it (OpenIDX, OpenCIFAR, OpenCSV)", ErrNotBuiltin, id)
}

var builtin = map[ID]func() (Sets, error){
	Mnist: sync.OnceValues(loadMNIST),
	Iris: sync.OnceValues(func() (Sets, error) {
		return loadTable("iris", "setosa", "versicolor", "virginica")
	}),
	Wine: sync.OnceValues(func() (Sets, error) {
		return loadTable("wine", "class_0", "class_1", "class_2")
	}),
	BreastCancer: sync.OnceValues(func() (Sets, error) {
		return loadTable("breast-cancer", "malignant", "benign")
	}),
}

func loadMNIST() (s Sets, err error) {
	if s.Train, err = mnistPart("train"); err != nil {
		return Sets{}, err
	}
	if s.Test, err = mnistPart("test"); err != nil {
		return Sets{}, err
	}
	for digit := range 10 {
		s.ClassNames = append(s.ClassNames, strconv.Itoa(digit))
	}
	return s, nil
}

func mnistPart(name string) (*Memory, error) {
	images, err := files.ReadFile("data/mnist-" + name + "-images.idx.gz")
	if err != nil {
		return nil, err
	}
	labels, err := files.ReadFile("data/mnist-" + name + "-labels.idx.gz")
	if err != nil {
		return nil, err
	}
	m, err := ReadIDX(bytes.NewReader(images), bytes.NewReader(labels), 10)
	if err == nil {
		m.names, m.listed = Mnist.Info().ClassNames, true
	}
	return m, err
}

// loadTable reads a table and the list of its test rows.
func loadTable(name string, classes ...string) (Sets, error) {
	packed, err := files.ReadFile("data/" + name + ".csv.gz")
	if err != nil {
		return Sets{}, err
	}
	all, err := ReadCSV(bytes.NewReader(packed), Options{Classes: classes, Header: HeaderNo})
	if err != nil {
		return Sets{}, err
	}
	all.columns = nil // they have no names
	list, err := files.ReadFile("data/" + name + "-test.txt")
	if err != nil {
		return Sets{}, err
	}
	var test, train []int
	for line := range strings.Lines(string(list)) {
		i, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return Sets{}, err
		}
		test = append(test, i)
	}
	for i := range all.Len() {
		if !slices.Contains(test, i) {
			train = append(train, i)
		}
	}
	s := Sets{ClassNames: classes}
	if s.Test, err = describedSubsetOf(all, test); err != nil {
		return Sets{}, err
	}
	s.Train, err = describedSubsetOf(all, train)
	return s, err
}

func describedSubsetOf(all *Memory, indices []int) (Described, error) {
	sub, err := Subset(all, indices)
	if err != nil {
		return nil, err
	}
	return sub.(Described), nil // a subset of a Described set is Described
}

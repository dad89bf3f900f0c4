package dataset_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// first prints a set's size and shape, and its first sample.
func first(ds dataset.Described) {
	x := make([]float32, 4)
	label, err := ds.Sample(0, x)
	fmt.Println(ds.Len(), ds.Shape(), ds.Classes(), x, label, err)
}

func ExampleReadCSV() {
	table := "length,width,kind\n5.1,3.5,rose\n4.9,3.0,tulip\n"
	ds, err := dataset.ReadCSV(strings.NewReader(table), dataset.Options{
		Header: dataset.HeaderYes, Label: "kind", Classes: []string{"rose", "tulip"},
	})
	if err != nil {
		panic(err)
	}
	x := make([]float32, 2)
	label, err := ds.Sample(1, x)
	fmt.Println(ds.Len(), ds.Shape(), x, label, err)
	// Output: 2 [2] [4.9 3] 1 <nil>
}

func ExampleReadJSONL() {
	lines := `{"pixels": [0, 0.5, 0.5, 1], "kind": "cat"}
{"pixels": [1, 1, 0, 0], "kind": "dog"}`
	ds, err := dataset.ReadJSONL(strings.NewReader(lines), dataset.Options{
		X: "pixels", Label: "kind", Classes: []string{"cat", "dog"},
	})
	if err != nil {
		panic(err)
	}
	first(ds)
	// Output: 2 [4] 2 [0 0.5 0.5 1] 0 <nil>
}

// What numpy.save wrote: samples in one file, labels in the other.
func ExampleReadNPY() {
	x, err := os.Open("testdata/f8.npy")
	if err != nil {
		panic(err)
	}
	defer x.Close()
	y, err := os.Open("testdata/y.npy")
	if err != nil {
		panic(err)
	}
	defer y.Close()
	ds, err := dataset.ReadNPY(x, y, dataset.Options{})
	if err != nil {
		panic(err)
	}
	first(ds)
	// Output: 3 [4] 3 [-0.5 -0.375 -0.25 -0.125] 2 <nil>
}

// Pictures of one's own, written in the form that MNIST has and read again.
func ExampleSaveIDX() {
	tmp, err := os.MkdirTemp("", "dataset-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	pictures, err := dataset.NewImages([]int{1, 2, 2}, 2, []byte{0, 51, 255, 0, 255, 255, 0, 0}, []int{1, 0})
	if err != nil {
		panic(err)
	}
	dir := filepath.Join(tmp, "pictures")
	if err := dataset.SaveIDX(dir, pictures); err != nil {
		panic(err)
	}
	again, err := dataset.OpenIDXDir(dir, 2)
	if err != nil {
		panic(err)
	}
	first(again)
	// Output: 2 [1 2 2] 2 [0 0.2 1 0] 1 <nil>
}

// A folder for each class, as torchvision's ImageFolder wants it.
func ExampleOpenImageFolder() {
	root, err := os.MkdirTemp("", "dataset-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(root)
	for kind, shade := range map[string]uint8{"day": 255, "night": 0} {
		picture := image.NewGray(image.Rect(0, 0, 2, 2))
		for i := range picture.Pix {
			picture.Pix[i] = shade
		}
		if err := os.Mkdir(filepath.Join(root, kind), 0o755); err != nil {
			panic(err)
		}
		file, err := os.Create(filepath.Join(root, kind, "1.png"))
		if err != nil {
			panic(err)
		}
		if err := png.Encode(file, picture); err != nil {
			panic(err)
		}
		file.Close()
	}
	ds, err := dataset.OpenImageFolder(root, []int{1, 2, 2}, dataset.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(ds.ClassNames())
	first(ds)
	// Output:
	// [day night]
	// 2 [1 2 2] 2 [1 1 1 1] 0 <nil>
}

// Open finds out by the path what form a copy of a data set has.
func ExampleOpen() {
	tmp, err := os.MkdirTemp("", "dataset-example-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		panic(err)
	}
	dir := filepath.Join(tmp, "mnist")
	if err := dataset.SaveIDX(dir, sets.Test); err != nil {
		panic(err)
	}
	ds, err := dataset.Open(dataset.Mnist, dir, dataset.Test, dataset.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(ds.Len(), ds.Shape(), ds.Classes())
	// Output: 1000 [1 28 28] 10
}

// A catalog knows where the user's copies are; what it does not know it takes
// from what is built in.
func ExampleCatalog_Open() {
	catalog := dataset.Catalog{Names: map[string]dataset.ID{"flowers": dataset.Iris}}
	id, err := catalog.Parse("flowers")
	if err != nil {
		panic(err)
	}
	ds, err := catalog.Open(context.Background(), id, dataset.Test)
	if err != nil {
		panic(err)
	}
	fmt.Println(id, ds.Len(), ds.Shape(), ds.Classes())
	// Output: Iris 30 [4] 3
}

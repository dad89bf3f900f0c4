package dataset_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// thermometer is a data set of one's own: two methods over whatever holds it.
type thermometer []float32

func (t thermometer) Len() int { return len(t) }

func (t thermometer) Sample(i int, dst []float32) (label int, err error) {
	dst[0] = t[i]
	if t[i] > 37.5 {
		return 1, nil
	}
	return 0, nil
}

func ExampleDataset() {
	fevers := thermometer{36.6, 39.1, 37}
	train, heldOut, err := dataset.Split(fevers, 0.34, 1)
	if err != nil {
		panic(err)
	}
	fmt.Println(train.Len(), heldOut.Len())
	// Output: 2 1
}

func ExampleNew() {
	ds, err := dataset.New([]int{2}, 2, []float32{0, 1, 1, 0}, []int{0, 1})
	if err != nil {
		panic(err)
	}
	x := make([]float32, 2)
	label, err := ds.Sample(1, x)
	fmt.Println(x, label, err)
	_, err = dataset.New([]int{2}, 2, []float32{0, 1, 1, 0}, []int{0, 2})
	fmt.Println(err)
	// Output:
	// [1 0] 1 <nil>
	// dataset: malformed data: sample 1 has label 2, want 0 to 1
}

func ExampleSubset() {
	sets, err := dataset.Builtin(dataset.Wine)
	if err != nil {
		panic(err)
	}
	some, err := dataset.Subset(sets.Train, []int{7, 0})
	if err != nil {
		panic(err)
	}
	fmt.Println(some.Len())
	_, err = dataset.Subset(sets.Train, []int{sets.Train.Len()})
	fmt.Println(err)
	// Output:
	// 2
	// dataset: no such sample: 144 of 144
}

// The same seed gives the same order, on every machine.
func ExamplePermutation() {
	fmt.Println(dataset.Permutation(8, 42))
	fmt.Println(dataset.Permutation(8, 42))
	// Output:
	// [3 1 6 2 4 0 7 5]
	// [3 1 6 2 4 0 7 5]
}

// The mean and deviation of each channel, for packagefmt.Preprocessing.
func ExampleMeanStd() {
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		panic(err)
	}
	mean, std, err := dataset.MeanStd(sets.Train)
	fmt.Printf("%.4f %.4f %v\n", mean, std, err)
	// Output: [0.1335] [0.3112] <nil>
}

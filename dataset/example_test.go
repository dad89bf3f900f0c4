package dataset_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

func ExampleParse() {
	id, err := dataset.Parse("mnist")
	if err != nil {
		fmt.Println(err)
		return
	}
	info := id.Info()
	fmt.Println(uint8(id), id, info.Shape, info.Classes)
	fmt.Println(dataset.ID(200))
	// Output:
	// 2 Mnist [1 28 28] 10
	// Dataset(200)
}

func ExampleBuiltin() {
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		fmt.Println(err)
		return
	}
	digit := make([]float32, 28*28)
	label, err := sets.Test.Sample(3, digit)
	fmt.Println(sets.Train.Len(), sets.Test.Len(), label, err)
	// Output: 2000 1000 3 <nil>
}

// A trainer holds out a fifth of its data to see whether training helps.
func ExampleSplit() {
	sets, err := dataset.Builtin(dataset.Iris)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, heldOut, err := dataset.Split(sets.Train, 0.2, 7)
	fmt.Println(train.Len(), heldOut.Len(), err)
	// Output: 96 24 <nil>
}

// Three trainers, each with its own data.
func ExampleShares() {
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		fmt.Println(err)
		return
	}
	shares, err := dataset.Shares(sets.Train, 3, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range shares {
		fmt.Println(s.Len())
	}
	// Output:
	// 666
	// 667
	// 667
}

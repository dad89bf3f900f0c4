package safetensors_test

import (
	"bytes"
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func ExampleWrite() {
	var file bytes.Buffer
	err := safetensors.Write(&file, map[string]safetensors.Tensor{
		"weight": {Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		"bias":   {Shape: []int{2}, Data: []float32{0.5, -0.5}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d bytes, header %s…\n", file.Len(), file.Bytes()[8:64])
	// Output: 152 bytes, header {"bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}…
}

func ExampleRead() {
	var file bytes.Buffer
	if err := safetensors.Write(&file, map[string]safetensors.Tensor{"step": {Data: []float32{7}}}); err != nil {
		panic(err)
	}
	tensors, err := safetensors.Read(&file, int64(file.Len()))
	fmt.Println(tensors["step"].Shape, tensors["step"].Data, err)
	// Output: [] [7] <nil>
}

// Nothing that is read or written holds NaN or an infinity.
func ExampleTensor() {
	diverged := safetensors.Tensor{Shape: []int{2}, Data: []float32{1, float32(math.NaN())}}
	fmt.Println(diverged.Check())
	fmt.Println(safetensors.Tensor{Shape: []int{2, 3}, Data: make([]float32, 5)}.Check())
	// Output:
	// tensor value is not finite: element 1 is NaN
	// bad tensor shape: [2 3] needs 6 values, there are 5
}

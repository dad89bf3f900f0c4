package update_test

import (
	"fmt"
	"log"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// What one round leaves out, the next one makes up for.
func ExampleCompress() {
	change := update.Change{"layers.0.weight": safetensors.Tensor{Shape: []int{4}, Data: []float32{4, 3, 0.5, 0}}}
	largest := update.Encoding{Kind: update.TopK, Fraction: 0.25}
	var left update.Change
	for range 2 {
		encoded, rest, err := update.Compress(change, left, largest)
		if err != nil {
			log.Fatal(err)
		}
		got, err := update.Decode(encoded, update.TopK, change)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(encoded.Size(), "bytes:", got["layers.0.weight"].Data)
		left = rest
	}
	// Output:
	// 7 bytes: [4 0 0 0]
	// 7 bytes: [0 6 0 0]
}

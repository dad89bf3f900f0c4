package fit_test

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// What heads trained on the same samples give away, by noise and by how many of
// them are released.
func ExampleGaussianEpsilon() {
	for _, z := range []float64{0.5, 1, 4} {
		fmt.Printf("noise %v: ε %.2f for one head, %.2f for ten\n", z, fit.GaussianEpsilon(z, 1e-5, 1), fit.GaussianEpsilon(z, 1e-5, 10))
	}
	// Output:
	// noise 0.5: ε 10.00 for one head, 46.21 for ten
	// noise 1: ε 4.38 for one head, 17.86 for ten
	// noise 4: ε 0.93 for one head, 3.34 for ten
}

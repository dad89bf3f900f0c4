package dataset

import (
	"fmt"
	"math"
)

// MeanStd returns the mean and the standard deviation of each channel of an
// image set or each feature of a table (the first dimension of a sample) over
// the whole set, for a package's preprocessing. A deviation of 0 becomes 1.
// Sums are computed in float64.
func MeanStd(ds Described) (mean, std []float32, err error) {
	shape := ds.Shape()
	n, err := countFeatures(shape)
	if err != nil {
		return nil, nil, err
	}
	if ds.Len() == 0 {
		return nil, nil, fmt.Errorf("dataset: an empty set has no mean")
	}
	channels := shape[0]
	plane := n / channels
	sum, squares := make([]float64, channels), make([]float64, channels)
	sample := make([]float32, n)
	for i := range ds.Len() {
		if _, err := ds.Sample(i, sample); err != nil {
			return nil, nil, err
		}
		for j, v := range sample {
			sum[j/plane] += float64(v)
			squares[j/plane] += float64(v) * float64(v)
		}
	}
	count := float64(ds.Len() * plane)
	mean, std = make([]float32, channels), make([]float32, channels)
	for c := range sum {
		m := sum[c] / count
		mean[c], std[c] = float32(m), 1
		if v := squares[c]/count - m*m; v > 1e-12*(1+m*m) {
			std[c] = float32(math.Sqrt(v))
		}
	}
	return mean, std, nil
}

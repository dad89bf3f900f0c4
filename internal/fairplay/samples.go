package fairplay

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// samples are inputs [n, …] and their labels.
type samples struct {
	x safetensors.Tensor
	y []int
}

// and appends others.
func (s samples) and(more samples) samples {
	x := safetensors.Tensor{Shape: slices.Clone(s.x.Shape), Data: slices.Concat(s.x.Data, more.x.Data)}
	x.Shape[0] += more.x.Shape[0]
	return samples{x, slices.Concat(s.y, more.y)}
}

// pick are the samples of those numbers.
func (s samples) pick(indices []int) samples {
	size := len(s.x.Data) / len(s.y)
	out := samples{x: safetensors.Tensor{Shape: slices.Clone(s.x.Shape)}}
	out.x.Shape[0] = len(indices)
	for _, i := range indices {
		out.x.Data = append(out.x.Data, s.x.Data[i*size:(i+1)*size]...)
		out.y = append(out.y, s.y[i])
	}
	return out
}

// relabelled has other labels.
func (s samples) relabelled(f func(int) int) samples {
	y := make([]int, len(s.y))
	for i, label := range s.y {
		y[i] = f(label)
	}
	return samples{s.x, y}
}

// oneClass reports whether all are of the same class, which nobody can train on.
func (s samples) oneClass() bool {
	return !slices.ContainsFunc(s.y, func(label int) bool { return label != s.y[0] })
}

// normalized reads all samples of a set, and brings each channel to mean 0 and deviation 1.
func normalized(ds dataset.Dataset, shape []int, mean, std []float32) (samples, error) {
	size := 1
	for _, d := range shape {
		size *= d
	}
	s := samples{x: safetensors.Tensor{Shape: append([]int{ds.Len()}, shape...), Data: make([]float32, ds.Len()*size)}}
	for i := range ds.Len() {
		row := s.x.Data[i*size : (i+1)*size]
		label, err := ds.Sample(i, row)
		if err != nil {
			return s, err
		}
		for j := range row {
			channel := j * len(mean) / size
			row[j] = (row[j] - mean[channel]) / std[channel]
		}
		s.y = append(s.y, label)
	}
	return s, nil
}

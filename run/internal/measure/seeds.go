package main

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// shuffle prints the distribution of the accuracy over seeds of the members' shuffling:
// what fedavg.py of run/internal/flower prints of PyTorch. A round is one epoch in full
// batches, as a run has it whose global batch is that.
func (w *world) shuffle(ctx context.Context, seeds int) error {
	batches := len(w.y[0]) / batch
	got := make([]float64, seeds)
	var sum, squares float64
	for i := range got {
		_, accuracy, err := w.run(ctx, federation{batches: batches, seed: uint64(i) << 32})
		if err != nil {
			return err
		}
		got[i] = accuracy
		sum += accuracy
	}
	mean := sum / float64(seeds)
	for _, a := range got {
		squares += (a - mean) * (a - mean)
	}
	slices.Sort(got)
	fmt.Printf("%d seeds: mean %.2f %%, standard deviation %.2f\n%.1f\n", seeds, mean, math.Sqrt(squares/float64(max(1, seeds-1))), got)
	return nil
}

package copies

import (
	"math"
	"slices"
)

// The bounds of a calibrated cut.
const (
	leastCut = 0.995
	mostCut  = 0.9999
)

// Calibrate is the cosine from which on rows should count as copies, for a task whose own
// train and test rows these are: the smallest from 0.995 to 0.9999, in ten-thousandths, with which
// one in a hundred of the task's honest train rows at most is near a test row. It is 1, so that
// directions do not count, if there is none. It compares 2,000 of either at most.
func Calibrate(train, test []Print) float64 {
	train, test = train[:min(len(train), 2000)], test[:min(len(test), 2000)]
	nearest := make([]int64, len(train))
	each(len(train), func(i int) {
		nearest[i] = math.MaxInt64
		for _, t := range test {
			if len(t.direction) > 0 && len(t.direction) == len(train[i].direction) {
				nearest[i] = min(nearest[i], apart(train[i].direction, t.direction, nearest[i]))
			}
		}
	})
	slices.Sort(nearest)
	for cut := leastCut; cut < mostCut+0.00005; cut += 0.0001 {
		cut = math.Round(cut*10_000) / 10_000
		near, _ := slices.BinarySearch(nearest, squareOf(cut)+1)
		if 100*near <= len(nearest) {
			return cut
		}
	}
	return 1
}

package faults

import (
	"slices"
	"time"
)

// sample is the memory of a process at a time.
type sample struct {
	at    time.Duration // since the start
	bytes int64
}

// drift is how memory changed between two windows of a time: their medians, which a collection of garbage does not move,
// and the growth from one to the other.
type drift struct {
	First, Last int64   // bytes
	Growth      float64 // of First; 0.05 is 5 %
}

// driftOf compares the first and the last window of what comes after the warm-up.
func driftOf(samples []sample, warmUp, end, window time.Duration) (d drift, ok bool) {
	first, last := median(samples, warmUp, warmUp+window), median(samples, end-window, end)
	if first == 0 || last == 0 {
		return d, false
	}
	return drift{first, last, float64(last-first) / float64(first)}, true
}

// median is that of the samples from a time until before another; 0 if there are none.
func median(samples []sample, from, to time.Duration) int64 {
	var in []int64
	for _, s := range samples {
		if s.at >= from && s.at < to {
			in = append(in, s.bytes)
		}
	}
	if len(in) == 0 {
		return 0
	}
	slices.Sort(in)
	return in[len(in)/2]
}

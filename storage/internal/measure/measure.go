//go:build linux

// Package measure compares ways of doing the same work on one machine: each in
// a process of its own, turn by turn, so that what else the machine does falls
// on all of them. It prints Markdown tables; storage/BENCH.md is made of them.
package measure

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Sample is what one run has taken.
type Sample struct {
	Took time.Duration // wall clock
	CPU  time.Duration // processor time, user and system, of the process that is measured
	Peak int64         // the most memory it has had resident, bytes
}

// Way is one way to do the work. Do runs it once, from a fresh start; what it
// writes goes into the empty directory dir.
type Way struct {
	Name string
	Do   func(t *testing.T, dir string) Sample
}

// Row is one kind of work, and the ways to do it that are compared.
type Row struct {
	Name string
	Ways []Way
}

// Result is a way's samples.
type Result struct {
	Row, Way string
	Samples  []Sample
}

// Median returns the median wall clock.
func (r Result) Median() time.Duration {
	return quantiles(r.Samples, func(s Sample) time.Duration { return s.Took })[1]
}

// Sizes returns the package sizes to measure, in MB of a million bytes, from
// $DECLOUD_MEASURE; default 100.
func Sizes(t *testing.T) (mb []int) {
	for f := range strings.SplitSeq(cmp.Or(os.Getenv("DECLOUD_MEASURE"), "100"), ",") {
		n, err := strconv.Atoi(f)
		require.NoError(t, err, "DECLOUD_MEASURE holds sizes in MB, such as 100,500")
		mb = append(mb, n)
	}
	return mb
}

// Runs returns how often each way is run, from $DECLOUD_RUNS; default 5.
func Runs(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("DECLOUD_RUNS"), "5"))
	require.NoError(t, err, "DECLOUD_RUNS is how often each way is run")
	return max(n, 1)
}

// Interleave runs all ways of all rows so often, round by round, after a first
// round that does not count.
func Interleave(t *testing.T, runs int, rows []Row) []Result {
	// Removed when all is done: ext4 does not use the inodes of removed files again
	// for minutes, but searches for others, which makes new files slow.
	dir := t.TempDir()
	var results []Result
	for _, r := range rows {
		first := len(results)
		for _, w := range r.Ways {
			results = append(results, Result{Row: r.Name, Way: w.Name})
		}
		for round := range runs + 1 {
			for i, w := range r.Ways {
				own, err := os.MkdirTemp(dir, "run-*")
				require.NoError(t, err)
				syscall.Sync() // what earlier runs have written does not slow this one down
				s := w.Do(t, own)
				if round > 0 {
					results[first+i].Samples = append(results[first+i].Samples, s)
				}
				empty(t, own)
			}
		}
	}
	return results
}

// empty gives back what the files below dir hold, but not their inodes. A virtual
// machine may be given real memory only when it first touches it; as it is, runs
// write into pages that have been in use.
func empty(t *testing.T, dir string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		return os.Truncate(path, 0)
	}))
}

// Table formats results over a package of so many MB: speed (median, slowest to
// fastest), processor time and peak memory (medians).
func Table(mb int, results []Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %d MB | | MB/s | slowest to fastest | processor, s | peak memory, MB |\n|---|---|---|---|---|---|\n", mb)
	for _, r := range results {
		took := quantiles(r.Samples, func(s Sample) time.Duration { return s.Took })
		speed := func(d time.Duration) float64 { return float64(mb) / d.Seconds() }
		fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f to %.0f | %.2f | %.0f |\n", r.Row, r.Way,
			speed(took[1]), speed(took[2]), speed(took[0]),
			quantiles(r.Samples, func(s Sample) time.Duration { return s.CPU })[1].Seconds(),
			float64(quantiles(r.Samples, func(s Sample) int64 { return s.Peak })[1])/1e6)
	}
	return b.String()
}

// quantiles returns the least, the median and the most.
func quantiles[T cmp.Ordered](samples []Sample, of func(Sample) T) [3]T {
	list := make([]T, len(samples))
	for i, s := range samples {
		list[i] = of(s)
	}
	slices.Sort(list)
	return [3]T{list[0], list[len(list)/2], list[len(list)-1]}
}

//go:build linux

// Package measure compares implementations of the same work on one machine:
// each in a process of its own, interleaved, so that other load on the machine
// affects all of them alike. It prints the Markdown tables of storage/BENCH.md.
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

// Sample is the measurement of one run.
type Sample struct {
	Took time.Duration // wall-clock time
	CPU  time.Duration // processor time, user and system, of the measured process
	Peak int64         // its peak resident memory, bytes
}

// Way is one implementation of the work. Do runs it once, from a fresh start;
// it writes to the empty directory dir.
type Way struct {
	Name string
	Do   func(t *testing.T, dir string) Sample
}

// Row is one kind of work, and the implementations that are compared.
type Row struct {
	Name string
	Ways []Way
}

// Result is a way's samples.
type Result struct {
	Row, Way string
	Samples  []Sample
}

// Median returns the median wall-clock time.
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

// Runs returns how often each Way is run, from $DECLOUD_RUNS; default 5.
func Runs(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("DECLOUD_RUNS"), "5"))
	require.NoError(t, err, "DECLOUD_RUNS is how often each way is run")
	return max(n, 1)
}

// Interleave runs the ways of each row in turn, runs times after a warm-up run
// that is not counted.
func Interleave(t *testing.T, runs int, rows []Row) []Result {
	// Removed only at the end: for minutes ext4 does not reuse the inodes of
	// removed files but searches for others, which makes creating files slow.
	dir := t.TempDir()
	var results []Result
	for _, r := range rows {
		first := len(results)
		for _, w := range r.Ways {
			results = append(results, Result{Row: r.Name, Way: w.Name})
		}
		for run := range runs + 1 {
			for i, w := range r.Ways {
				runDir, err := os.MkdirTemp(dir, "run-*")
				require.NoError(t, err)
				syscall.Sync() // so that writes of earlier runs do not slow this one down
				s := w.Do(t, runDir)
				if run > 0 {
					results[first+i].Samples = append(results[first+i].Samples, s)
				}
				truncateAll(t, runDir)
			}
		}
	}
	return results
}

// truncateAll frees the content of the files below dir, but not their inodes.
// Later runs then write to pages that have been used before; a virtual machine
// may get real memory only when it first touches a page.
func truncateAll(t *testing.T, dir string) {
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

// Table formats results over a package of mb million bytes: speed (median,
// slowest to fastest), processor time and peak memory (medians).
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

// quantiles returns the minimum, the median and the maximum.
func quantiles[T cmp.Ordered](samples []Sample, of func(Sample) T) [3]T {
	list := make([]T, len(samples))
	for i, s := range samples {
		list[i] = of(s)
	}
	slices.Sort(list)
	return [3]T{list[0], list[len(list)/2], list[len(list)-1]}
}

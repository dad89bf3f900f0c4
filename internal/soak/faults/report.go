package faults

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/memory"
)

// Report is what a run found.
type Report struct {
	Took   time.Duration
	Counts map[string]int   // of everything that happened
	Drift  map[string]drift // of the memory of the workers that were never killed
	// Goroutines are how many each worker had at the end, beside those that were killed young.
	Goroutines map[string][]int
	Errors     []string // what workers told most often
	Wrong      []string // what must not happen
}

// The memory of workers is sampled so often; drift compares the medians of the first and the last fifth of what comes
// after the warm-up, the first fifth of a run.
const (
	sampleEvery = 2 * time.Second
	part        = 5
)

// maxDrift is how much memory may grow from the end of the warm-up to the end.
const maxDrift = 0.05

// watch samples memory and prints a line now and then.
func (s *soak) watch(ctx context.Context) error {
	samples, lines := time.NewTicker(sampleEvery), time.NewTicker(s.cfg.Every)
	defer samples.Stop()
	defer lines.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-samples.C:
			s.sample()
		case <-lines.C:
			s.line()
		}
	}
}

func (s *soak) sample() {
	for _, a := range s.actors {
		if size := sizeOf(filepath.Join(a.dir, ".decloud-"+a.role, "blocks")); size > cacheBytes+pinned {
			s.tally.fault("the store of %s holds %d bytes", a.name, size)
		}
		if bytes, err := memory.Anonymous(a.pid()); err == nil {
			a.mu.Lock()
			a.samples = append(a.samples, sample{time.Since(s.started), bytes})
			a.mu.Unlock()
		}
	}
}

// sizeOf is how many bytes the files of a directory have.
func sizeOf(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it was removed meanwhile
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// line prints where the run is.
func (s *soak) line() {
	open := 0
	if e := s.current(); e != nil {
		open = e.unsettled()
	}
	text := fmt.Sprintf("%6.1f min  era %d  rounds %d launched, %d settled, %d open  submitted %d  scored %d  claimed %d+%d  failures %d",
		time.Since(s.started).Minutes(), s.eras, s.tally.get("rounds launched"), s.tally.get("rounds settled"), open, s.tally.get("trainer submitted"),
		s.tally.get("validator gradient"), s.tally.get("trainer claimed"), s.tally.get("validator claimed"), s.tally.get("trainer failed")+s.tally.get("validator failed"))
	for _, a := range s.actors {
		if a.lasting {
			bytes, _ := memory.Anonymous(a.pid())
			text += fmt.Sprintf("  %s %d MiB", a.name, bytes>>20)
		}
	}
	fmt.Fprintln(s.cfg.Out, text)
}

// report draws the conclusions.
func (s *soak) report() Report {
	r := Report{Took: time.Since(s.started), Drift: map[string]drift{}, Goroutines: map[string][]int{}, Errors: s.tally.often(12)}
	for _, a := range s.actors {
		a.mu.Lock()
		for _, d := range a.dumps {
			r.Goroutines[a.name] = append(r.Goroutines[a.name], d.goroutines)
		}
		if d, ok := driftOf(a.samples, s.cfg.Time/part, s.cfg.Time, s.cfg.Time*(part-1)/part/part); ok && a.lasting {
			r.Drift[a.name] = d
			if d.Growth > maxDrift && s.cfg.Time >= 30*time.Minute {
				s.tally.fault("the memory of %s grew by %.1f %%", a.name, 100*d.Growth)
			}
		}
		a.mu.Unlock()
	}
	for _, a := range s.actors {
		if all := r.Goroutines[a.name]; a.lasting && len(all) > 0 && all[len(all)-1] > s.youngest(a.role)+leak {
			s.tally.fault("%s has %d goroutines at the end, those that were killed have %d", a.name, all[len(all)-1], s.youngest(a.role))
		}
	}
	s.tally.mu.Lock()
	r.Counts = maps.Clone(s.tally.counts)
	s.tally.mu.Unlock()
	r.Wrong = s.tally.faults()
	return r
}

// leak is how many more goroutines an old process may have than young ones: those of connections that are open just then.
const leak = 10

// youngest is the most goroutines that the processes of a role had which were killed now and then.
func (s *soak) youngest(role string) (most int) {
	for _, a := range s.actors {
		for _, d := range a.dumps {
			if a.role == role && !a.lasting {
				most = max(most, d.goroutines)
			}
		}
	}
	return most
}

// Print prints a report for people.
func (r Report) Print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", r.Took.Round(time.Second))
	for _, what := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(w, "%12d  %s\n", r.Counts[what], what)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Drift)) {
		d := r.Drift[name]
		fmt.Fprintf(w, "memory of %s: %.1f MiB, then %.1f: %+.1f %%\n", name, float64(d.First)/(1<<20), float64(d.Last)/(1<<20), 100*d.Growth)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Goroutines)) {
		fmt.Fprintf(w, "goroutines of %s: %v\n", name, r.Goroutines[name])
	}
	for _, line := range r.Errors {
		fmt.Fprintln(w, line)
	}
	for _, wrong := range r.Wrong {
		fmt.Fprintln(w, "WRONG:", wrong)
	}
	fmt.Fprintln(w, map[bool]string{true: "nothing lost, nothing twice", false: "there are faults"}[len(r.Wrong) == 0])
}

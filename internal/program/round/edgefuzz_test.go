package round_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
)

// number reads a setting from the environment. With -short, what is not set there is an eighth.
func number(t testing.TB, name string, otherwise uint64) uint64 {
	s := os.Getenv(name)
	switch {
	case s == "" && testing.Short():
		return max(otherwise/8, 1)
	case s == "":
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err, name)
	return n
}

// TestEdgeFuzz runs the corpus and then looks for new ways through the program: 5,000 executions, or PROGRAM_FUZZ, by the
// seed PROGRAM_FUZZ_SEED. With PROGRAM_FUZZ_CORPUS=1 it writes the corpus anew. See FUZZ.md.
func TestEdgeFuzz(t *testing.T) {
	a := newArena(t)
	f := newFuzzer(a, number(t, "PROGRAM_FUZZ_SEED", 1))
	for _, in := range readCorpus(t) {
		f.try(in)
		f.confirm(in)
	}
	n := int(number(t, "PROGRAM_FUZZ", 5000))
	if len(f.corpus) > 0 {
		t.Log("the corpus: ", f.progress())
		edges, total := f.covered()
		require.Greater(t, edges*100, total*75, "the corpus does not know the program any more: make a new one, see FUZZ.md")
	}
	if n > 100_000 || len(f.corpus) == 0 {
		f.plant()
	}
	began, first := time.Now(), f.executions
	for done := 0; done < n; done = f.executions - first {
		f.explore(min(n-done, 1_000_000))
		line := fmt.Sprintf("%s; %.0f executions a second", f.progress(), float64(f.executions-first)/time.Since(began).Seconds())
		if t.Log(line); n > 100_000 {
			fmt.Println(line) // at once
		}
	}
	t.Log(f.table())
	if os.Getenv("PROGRAM_FUZZ_CORPUS") != "" {
		programtest.WriteCorpus(t, f.minimized())
	}
}

// readCorpus reads the committed corpus, of which every step has a call.
func readCorpus(t testing.TB) []fuzzInput {
	corpus := programtest.ReadCorpus[fuzzInput](t)
	for _, in := range corpus {
		require.NotEmpty(t, in.Steps)
		for _, s := range in.Steps {
			require.NotEmpty(t, s.Calls)
		}
	}
	return corpus
}

// minimized returns entries, short ones first, that together do all that the corpus does.
func (f *fuzzer) minimized() (out []fuzzInput) {
	size := func(in fuzzInput) int { text, _ := json.Marshal(in); return len(text) }
	all := slices.Clone(f.corpus)
	slices.SortStableFunc(all, func(x, y fuzzInput) int { return cmp.Compare(size(x), size(y)) })
	g := newFuzzer(f.arena, 0)
	for _, in := range all {
		g.try(in)
	}
	return g.corpus
}

// covered returns how many edges of the program were taken, and how many its text has. That is more than can be taken:
// a function that is called in two places seems to return to each from every place where it returns.
func (f *fuzzer) covered() (edges, total int) {
	all, err := f.bank.AllEdges(f.id)
	require.NoError(f.t, err)
	for _, e := range all {
		if f.known[e.Counter] != 0 {
			edges++
		}
	}
	return edges, len(all)
}

// blocks returns how many of the program's blocks were entered.
func (f *fuzzer) blocks() (entered, total int) {
	all, err := f.bank.AllEdges(f.id)
	require.NoError(f.t, err)
	seen := map[int]bool{}
	for _, e := range all {
		seen[e.To] = seen[e.To] || f.known[e.Counter] != 0
	}
	for _, ok := range seen {
		if ok {
			entered++
		}
	}
	return entered, len(seen)
}

func (f *fuzzer) progress() string {
	edges, ways := f.covered()
	blocks, all := f.blocks()
	return fmt.Sprintf("%d executions, %d instructions; %d of %d edges, %d of %d blocks; %d entries; at most %d compute units",
		f.executions, f.entries, edges, ways, blocks, all, len(f.corpus), f.units)
}

// table lists outcomes by instruction.
func (f *fuzzer) table() string {
	rows := map[string][]string{}
	for o, n := range f.outcomes {
		name := f.names[o.instruction]
		switch {
		case o.instruction == 0:
			name = "(no discriminator)"
		case name == "":
			name = "(unknown)"
		}
		kind := o.kind
		if kind == "Custom" {
			kind = fmt.Sprintf("%4d", o.code)
		}
		rows[name] = append(rows[name], fmt.Sprintf("%s ×%d", kind, n))
	}
	var names []string
	for name, row := range rows {
		names = append(names, name)
		slices.Sort(row)
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		fmt.Fprintf(&out, "\n- **%s**: %s", name, strings.Join(rows[name], ", "))
	}
	return out.String()
}

//go:build kubo && measure && linux

package kubo_test

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage/internal/measure"
)

// bench is one package and its copies in a storage.Store and two Kubo
// repositories.
type bench struct {
	t     *testing.T
	src   string // its files
	root  string
	store string // ours
	repo  *measure.Repo
}

func newBench(t *testing.T, mb int) *bench {
	b := &bench{t: t, src: measure.Package(t, mb), store: t.TempDir(), repo: measure.NewRepo(t, t.TempDir(), false)}
	b.root, _ = measure.Run(t, measure.Self("pack", b.store, b.src))
	require.Equal(t, b.root, b.repo.Out(append([]string{"add", "-r", "-Q", b.src}, measure.Profile...)...))
	return b
}

// ours measures an operation of this package on the store with the package or,
// with fresh, on an empty store.
func (b *bench) ours(op string, fresh bool, args ...string) func(t *testing.T, dir string) measure.Sample {
	return func(t *testing.T, dir string) measure.Sample {
		store, args := b.store, slices.Clone(args)
		if fresh {
			store = filepath.Join(dir, "store")
		}
		if i := slices.Index(args, outDir); i >= 0 {
			args[i] = filepath.Join(dir, "out")
		}
		_, s := measure.Run(t, measure.Self(append([]string{op, store}, args...)...))
		return s
	}
}

const outDir = "OUT" // replaced by a directory that does not exist yet

// fresh measures a Kubo command on an empty repository.
func (b *bench) fresh(sync bool, input func() []*exec.Cmd, args ...string) func(t *testing.T, dir string) measure.Sample {
	return func(t *testing.T, dir string) measure.Sample {
		repo := measure.NewRepo(t, dir, sync)
		var from []*exec.Cmd
		if input != nil {
			from = input()
		}
		_, s := measure.Run(t, repo.Command(args...), from...)
		return s
	}
}

// get measures `ipfs get` of the package, with sync including the command that
// waits for the disk afterwards.
func (b *bench) get(sync bool) func(t *testing.T, dir string) measure.Sample {
	return func(t *testing.T, dir string) measure.Sample {
		out := filepath.Join(dir, "out")
		_, s := measure.Run(t, b.repo.Command("get", "-o", out, b.root))
		if sync {
			files, err := filepath.Glob(filepath.Join(out, "*"))
			require.NoError(t, err)
			_, more := measure.Run(t, exec.Command("sync", append(files, out, filepath.Dir(out))...))
			s.Took += more.Took
		}
		return s
	}
}

// TestMeasure compares this package with Kubo; storage/BENCH.md says how to run
// it and what each row is.
func TestMeasure(t *testing.T) {
	runs := measure.Runs(t)
	for i, mb := range measure.Sizes(t) {
		b := newBench(t, mb)
		if i == 0 {
			b.startUp(runs)
		}
		results := measure.Interleave(t, runs, b.local())
		results = append(results, b.byGateway(runs)...)
		fmt.Println(measure.Table(mb, results))
	}
}

// startUp measures how much of every figure is process start and exit.
func (b *bench) startUp(runs int) {
	for _, r := range measure.Interleave(b.t, runs, []measure.Row{{Ways: []measure.Way{
		{Name: "ours", Do: b.ours("open", true)},
		{Name: "Kubo", Do: b.fresh(false, nil, "repo", "stat")},
	}}}) {
		fmt.Printf("To open an empty store and exit, %s takes %d ms.\n\n", r.Way, r.Median().Milliseconds())
	}
	fmt.Println()
}

func (b *bench) local() []measure.Row {
	add := append([]string{"add", "-r", "-Q", b.src}, measure.Profile...)
	return []measure.Row{
		{Name: "pack", Ways: []measure.Way{
			{Name: "ours, no fsync", Do: b.ours("pack nosync", true, b.src)},
			{Name: "Kubo, no fsync", Do: b.fresh(false, nil, add...)},
			{Name: "ours, fsync", Do: b.ours("pack", true, b.src)},
			{Name: "Kubo, fsync", Do: b.fresh(true, nil, add...)},
		}},
		{Name: "verify", Ways: []measure.Way{
			{Name: "ours", Do: b.ours("verify", false, b.root)},
			{Name: "Kubo", Do: func(t *testing.T, dir string) measure.Sample {
				_, s := measure.Run(t, b.repo.Command("repo", "verify"))
				return s
			}},
		}},
		{Name: "extract", Ways: []measure.Way{
			{Name: "ours, no fsync", Do: b.ours("extract nosync", false, b.root, outDir)},
			{Name: "Kubo, no fsync", Do: b.get(false)},
			{Name: "ours, fsync", Do: b.ours("extract", false, b.root, outDir)},
			{Name: "Kubo, then sync", Do: b.get(true)},
		}},
	}
}

func (b *bench) byGateway(runs int) []measure.Result {
	daemon := b.repo.Start()
	defer daemon.Stop()
	own, stop := measure.Listen(b.t, measure.Self("serve", b.store))
	defer stop()
	var rows []measure.Row
	for _, server := range []struct{ name, base string }{{"Kubo's", daemon.Gateway()}, {"ours", own}} {
		curl := func(more ...string) *exec.Cmd {
			return exec.Command("curl", append(more, "-sSf", server.base+"/ipfs/"+b.root+"?format=car")...)
		}
		rows = append(rows, measure.Row{Name: "fetch from a gateway, " + server.name, Ways: []measure.Way{
			{Name: "ours", Do: b.ours("fetch", true, b.root, server.base)},
			{Name: "Kubo, curl into dag import", Do: b.fresh(false, func() []*exec.Cmd { return []*exec.Cmd{curl()} }, "dag", "import")},
			{Name: "Kubo, curl to a file, then dag import", Do: func(t *testing.T, dir string) measure.Sample {
				file := filepath.Join(dir, "x.car")
				_, first := measure.Run(t, curl("-o", file))
				s := b.fresh(false, nil, "dag", "import", file)(t, dir)
				s.Took += first.Took
				return s
			}},
		}})
	}
	return measure.Interleave(b.t, runs, rows)
}

// TestMeasureRace fetches from three gateways, one dead and one slow, and from
// the best one alone.
func TestMeasureRace(t *testing.T) {
	runs := measure.Runs(t)
	for _, mb := range measure.Sizes(t) {
		b := newBench(t, mb)
		best, stop := measure.Listen(t, measure.Self("serve", b.store))
		defer stop()
		slow, stopSlow := measure.Listen(t, measure.Self("serve", b.store, "100ms")) // per 256 KiB
		defer stopSlow()
		dead, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections and never answers
		require.NoError(t, err)
		defer dead.Close()
		three := strings.Join([]string{"http://" + dead.Addr().String(), slow, best}, " ")
		results := measure.Interleave(t, runs, []measure.Row{{Name: "fetch", Ways: []measure.Way{
			{Name: "from the best alone", Do: b.ours("fetch", true, b.root, best)},
			{Name: "from three, one dead, one slow", Do: b.ours("fetch", true, b.root, three)},
		}}})
		fmt.Println(measure.Table(mb, results))
		ratio := results[1].Median().Seconds() / results[0].Median().Seconds()
		fmt.Printf("%d MB, three sources: %.2f times as long as the best alone\n\n", mb, ratio)
		if ratio > 1.3 {
			t.Errorf("%d MB: %.2f times as long, want at most 1.3", mb, ratio)
		}
	}
}

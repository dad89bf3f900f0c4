//go:build kubo && measure

package node_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/measure"
	"github.com/decloud-sdk/decloud-go/storage/node"
)

func init() { measure.Child(child) }

// child runs one operation of this package in a process of its own.
func child(args []string) (err error) {
	op, dir, arg := args[0], args[1], args[2]
	ctx, cfg, peers := context.Background(), storage.Config{Dir: dir}, node.Config{}
	switch op {
	case "serve":
		peers.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	case "fetch":
		peers.Peers = []string{args[3]}
	}
	n, err := node.Start(peers)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := n.Close(); err == nil {
			err = cerr
		}
	}()
	if op == "fetch" {
		cfg.Fetchers = []storage.Fetcher{n}
	}
	s, err := storage.Open(cfg)
	if err != nil {
		return err
	}
	if op == "serve" {
		if _, err := s.Add(ctx, os.DirFS(arg)); err != nil {
			return err
		}
		n.Serve(s)
		fmt.Println(n.Addrs()[0])
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}
	root, err := storage.ParseCID(arg)
	if err != nil {
		return err
	}
	if err := n.Connect(ctx, args[3]); err != nil {
		return err
	}
	fmt.Println("connected")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until the parent starts the measurement
		return err
	}
	_, err = s.Fetch(ctx, root)
	return err
}

// TestMeasure compares fetching over Bitswap with Kubo, each from both;
// storage/BENCH.md says how to run it and what each row is.
func TestMeasure(t *testing.T) {
	runs := measure.Runs(t)
	for _, mb := range measure.Sizes(t) {
		src := measure.Package(t, mb)
		repo := measure.NewRepo(t, t.TempDir(), false)
		root := repo.Out(append([]string{"add", "-r", "-Q", src}, measure.Profile...)...)
		kubo := repo.Start()
		ours, stop := measure.Listen(t, measure.Self("serve", t.TempDir(), src))
		var rows []measure.Row
		for _, server := range []struct{ name, address string }{{"Kubo", kubo.Address()}, {"ours", ours}} {
			rows = append(rows, measure.Row{Name: "fetch over Bitswap from " + server.name, Ways: []measure.Way{
				{Name: "ours", Do: func(t *testing.T, dir string) measure.Sample {
					_, fetch := measure.Listen(t, measure.Self("fetch", filepath.Join(dir, "store"), root, server.address))
					start := time.Now()
					s := fetch()
					s.Took = time.Since(start)
					return s
				}},
				{Name: "Kubo", Do: func(t *testing.T, dir string) measure.Sample { return pin(t, dir, root, server.address) }},
			}})
		}
		fmt.Println(measure.Table(mb, measure.Interleave(t, runs, rows)))
		peak, err := memory.Peak(kubo.Pid)
		require.NoError(t, err)
		fmt.Printf("%d MB, peak memory of the servers: Kubo %d MB, ours %d MB\n\n", mb, peak/1e6, stop().Peak/1e6)
		kubo.Stop()
	}
}

// pin measures `ipfs pin add` of the package on a new Kubo that is running and
// connected.
func pin(t *testing.T, dir, root, address string) measure.Sample {
	d := measure.NewRepo(t, dir, false).Start()
	defer d.Stop()
	d.Out("swarm", "connect", address)
	before, err := measure.CPU(d.Pid)
	require.NoError(t, err)
	start := time.Now()
	d.Out("pin", "add", root)
	s := measure.Sample{Took: time.Since(start)}
	after, err := measure.CPU(d.Pid)
	require.NoError(t, err)
	s.CPU = after - before
	s.Peak, err = memory.Peak(d.Pid)
	require.NoError(t, err)
	return s
}

//go:build kubo

package kubo_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
	"github.com/decloud-sdk/decloud-go/storage/kubo"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

// daemon is a real Kubo node that connects to no other.
type daemon struct {
	t       *testing.T
	bin     string
	repo    string
	node    *kubo.Node
	gateway *gateway.Gateway
}

// start runs the ipfs of $DECLOUD_KUBO (see testdata/build.sh).
func start(t *testing.T) *daemon {
	t.Helper()
	bin := os.Getenv("DECLOUD_KUBO")
	if bin == "" {
		t.Fatal("set DECLOUD_KUBO to an ipfs binary; storage/kubo/testdata/build.sh builds one")
	}
	d := &daemon{t: t, bin: bin, repo: t.TempDir()}
	d.ipfs("init", "--empty-repo")
	for key, value := range map[string]string{
		"Bootstrap": "[]", "Addresses.Swarm": "[]", "AutoConf.Enabled": "false", "AutoTLS.Enabled": "false", "Discovery.MDNS.Enabled": "false",
		"Addresses.API": `"/ip4/127.0.0.1/tcp/0"`, "Addresses.Gateway": `"/ip4/127.0.0.1/tcp/0"`, "Routing.Type": `"none"`,
		"Gateway.DeserializedResponses": "true",
	} {
		d.ipfs("config", "--json", key, value)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, bin, "daemon", "--offline")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), "IPFS_PATH="+d.repo)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cancel(); cmd.Wait() })
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	var err error
	d.node, err = kubo.New(d.address(&log, "api"), kubo.Options{Client: client})
	require.NoError(t, err)
	d.gateway, err = gateway.New(d.address(&log, "gateway"), gateway.Options{Client: client})
	require.NoError(t, err)
	return d
}

// address waits for the file to which the daemon writes its address.
func (d *daemon) address(log fmt.Stringer, name string) string {
	deadline := time.Now().Add(time.Minute)
	for {
		text, err := os.ReadFile(filepath.Join(d.repo, name))
		addr := strings.TrimSpace(string(text))
		if parts := strings.Split(addr, "/"); err == nil && len(parts) >= 5 { // /ip4/127.0.0.1/tcp/5001
			return "http://" + parts[2] + ":" + parts[4]
		}
		if err == nil && strings.HasPrefix(addr, "http") {
			return addr
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("the daemon does not listen:\n%s", log)
		}
		<-time.After(50 * time.Millisecond)
	}
}

func (d *daemon) ipfs(args ...string) string {
	d.t.Helper()
	cmd := exec.Command(d.bin, args...)
	cmd.Env = append(os.Environ(), "IPFS_PATH="+d.repo)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		d.t.Fatalf("ipfs %v: %v\n%s", args, err, exit.Stderr)
	}
	require.NoError(d.t, err)
	return strings.TrimSpace(string(out))
}

func interopTree() fstest.MapFS {
	big := make([]byte, 5_000_003)
	for i := range big {
		big[i] = byte(i * i >> 7)
	}
	return fstest.MapFS{
		"big.bin": {Data: big}, "empty.txt": {}, ".hidden": {Data: []byte("h")}, "nested/deep/a": {Data: []byte("a")},
		"void": {Mode: fs.ModeDir | 0o755}, "Ünïcode/日本語.txt": {Data: []byte("日本語")},
	}
}

func requireTree(t *testing.T, fsys fs.FS) {
	t.Helper()
	for p, f := range interopTree() {
		if f.Mode.IsDir() {
			continue
		}
		got, err := fs.ReadFile(fsys, p)
		require.NoError(t, err)
		require.True(t, bytes.Equal(f.Data, got), p)
	}
}

func TestRealKubo(t *testing.T) {
	d := start(t)
	ctx := context.Background()
	t.Run("conformance", func(t *testing.T) {
		storagetest.TestPusher(t, func(*testing.T) (storage.Pusher, storage.Fetcher) { return d.node, d.node })
	})
	dir := filepath.Join(t.TempDir(), "tree")
	require.NoError(t, os.CopyFS(dir, interopTree()))
	for _, p := range storage.Profiles() {
		t.Run("CID and fetch/"+p.Name, func(t *testing.T) {
			added := d.ipfs("add", "-r", "-Q", "-H", fmt.Sprint("--cid-version=", p.CIDVersion), fmt.Sprint("--raw-leaves=", p.RawLeaves),
				fmt.Sprint("--chunker=size-", p.ChunkSize), fmt.Sprint("--max-file-links=", p.MaxLinks), dir)
			root, err := storage.CID(ctx, os.DirFS(dir), p)
			require.NoError(t, err)
			require.Equal(t, added, root.String())
			for _, f := range []storage.Fetcher{d.node, d.gateway} {
				fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{f}}).Fetch(ctx, root)
				require.NoError(t, err)
				requireTree(t, fsys)
			}
		})
	}
	t.Run("what we push, kubo reads", func(t *testing.T) {
		tree := interopTree()
		tree["more"] = &fstest.MapFile{Data: []byte("not added by ipfs add")}
		s := open(t, storage.Config{Pushers: []storage.Pusher{d.node}})
		root, err := s.Add(ctx, tree)
		require.NoError(t, err)
		receipts, err := s.Push(ctx, root)
		require.NoError(t, err)
		require.Equal(t, d.node.String(), receipts[0].VerifiedBy)
		out := filepath.Join(t.TempDir(), "out")
		d.ipfs("get", "-o", out, root.String())
		requireTree(t, os.DirFS(out))
		require.Contains(t, d.ipfs("pin", "ls", "--type=recursive", "-q"), root.String())
	})
	t.Run("not there", func(t *testing.T) {
		root, _ := storagetest.Honest()
		for _, f := range []storage.Fetcher{d.node, d.gateway} {
			_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{f}, Retry: storage.Retry{Attempts: 1}}).Fetch(ctx, root)
			require.Error(t, err)
			require.ErrorContains(t, err, root.String())
		}
	})
}

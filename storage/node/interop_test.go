//go:build kubo

package node_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/node"
)

// A real Kubo (see ../kubo/testdata/build.sh) and a node.Node exchange packages
// over Bitswap, in both directions, on loopback.
func TestRealKubo(t *testing.T) {
	bin, repo, ctx := os.Getenv("DECLOUD_KUBO"), t.TempDir(), context.Background()
	require.NotEmpty(t, bin, "set DECLOUD_KUBO to an ipfs binary; storage/kubo/testdata/build.sh builds one")
	ipfs := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(bin, args...)
		cmd.Env = append(os.Environ(), "IPFS_PATH="+repo)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "ipfs %v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	ipfs("init", "--empty-repo")
	for key, value := range map[string]string{
		"Bootstrap": "[]", "Addresses.Swarm": `["/ip4/127.0.0.1/tcp/0"]`, "Addresses.API": `"/ip4/127.0.0.1/tcp/0"`, "Addresses.Gateway": "[]",
		"AutoConf.Enabled": "false", "AutoTLS.Enabled": "false", "Discovery.MDNS.Enabled": "false", "Routing.Type": `"none"`,
	} {
		ipfs("config", "--json", key, value)
	}
	daemon := exec.Command(bin, "daemon")
	daemon.Env = append(os.Environ(), "IPFS_PATH="+repo)
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		daemon.Process.Signal(os.Interrupt)
		daemon.Wait()
	})
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(repo, "api"))
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	var address string
	for line := range strings.SplitSeq(ipfs("id", "-f=<addrs>"), "\n") {
		if strings.Contains(line, "/ip4/127.0.0.1/tcp/") {
			address = line
		}
	}
	require.NotEmpty(t, address)

	t.Run("kubo to us", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "tree")
		require.NoError(t, os.CopyFS(dir, tree()))
		root, err := storage.ParseCID(ipfs("add", "-r", "-Q", "--cid-version=1", dir))
		require.NoError(t, err)
		n := start(t, node.Config{Peers: []string{address}})
		fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{n}}).Fetch(ctx, root)
		require.NoError(t, err)
		got, err := fs.ReadFile(fsys, "sub/weights.bin")
		require.NoError(t, err)
		require.True(t, bytes.Equal(tree()["sub/weights.bin"].Data, got))
	})
	t.Run("we to kubo", func(t *testing.T) {
		n := start(t, node.Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
		s := open(t, storage.Config{Profile: storage.DagPBv1}) // blocks that kubo does not have yet
		root, err := s.Add(ctx, tree())
		require.NoError(t, err)
		n.Serve(s)
		ipfs("swarm", "connect", n.Addrs()[0])
		out := filepath.Join(t.TempDir(), "out")
		ipfs("get", "--timeout=1m", "-o", out, root.String())
		got, err := os.ReadFile(filepath.Join(out, "sub", "weights.bin"))
		require.NoError(t, err)
		require.True(t, bytes.Equal(tree()["sub/weights.bin"].Data, got))
	})
}

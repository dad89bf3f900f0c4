//go:build kubo && measure

package kubo_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

func TestMain(m *testing.M) {
	if op := os.Getenv("STORAGE_MEASURE"); op != "" {
		measured(op)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// measured is one operation of ours in a process of its own, so that its
// memory can be told from everything else's.
func measured(op string) {
	ctx := context.Background()
	args := strings.Split(op, "|")
	cfg := storage.Config{Dir: args[1]}
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if args[0] == "fetch" {
		g, err := gateway.New(args[3], gateway.Options{})
		check(err)
		cfg.Fetchers = []storage.Fetcher{g}
	}
	s, err := storage.Open(cfg)
	check(err)
	if args[0] == "pack" {
		root, err := s.Add(ctx, os.DirFS(args[2]))
		check(err)
		fmt.Println(root)
		return
	}
	root, err := storage.ParseCID(args[2])
	check(err)
	switch args[0] {
	case "verify":
		ok, err := s.Has(ctx, root)
		check(err)
		if !ok {
			check(fmt.Errorf("not there"))
		}
	case "fetch":
		_, err := s.Fetch(ctx, root)
		check(err)
	case "extract":
		check(s.Extract(ctx, root, args[3]))
	}
}

// TestMeasure prints MB/s and peak memory of ours and of Kubo for the same
// work, each in a process of its own, one after the other, for packages of the
// given sizes in MB:
//
//	DECLOUD_KUBO=… DECLOUD_MEASURE=100,500 go test -tags kubo,measure -run Measure -v ./storage/kubo
func TestMeasure(t *testing.T) {
	d := start(t)
	for _, field := range strings.Split(cmp.Or(os.Getenv("DECLOUD_MEASURE"), "100"), ",") {
		mb, err := strconv.Atoi(field)
		require.NoError(t, err)
		src, tmp := filepath.Join(t.TempDir(), "src"), t.TempDir()
		require.NoError(t, os.Mkdir(src, 0o755))
		f, err := os.Create(filepath.Join(src, "embeddings.safetensors"))
		require.NoError(t, err)
		_, err = io.CopyN(f, rand.Reader, int64(mb)<<20) // not as a whole: a child starts with its parent's peak
		require.NoError(t, err)
		require.NoError(t, f.Close())
		offline := func(args ...string) *exec.Cmd {
			cmd := exec.Command(d.bin, append([]string{"--repo-dir=" + filepath.Join(tmp, "repo")}, args...)...)
			cmd.Env = append(os.Environ(), "IPFS_PATH="+filepath.Join(tmp, "repo"))
			return cmd
		}
		require.NoError(t, offline("init", "--empty-repo").Run())
		ours := func(args ...string) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "STORAGE_MEASURE="+strings.Join(args, "|"))
			return cmd
		}
		report := func(what string, cmd *exec.Cmd) string {
			start := time.Now()
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			require.NoError(t, err, what)
			took := time.Since(start)
			rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			t.Logf("%4d MB  %-28s %6.0f MB/s  %4d MB peak", mb, what, float64(mb)*1.048576/took.Seconds(), rss>>10)
			return strings.TrimSpace(string(out))
		}
		profile := []string{"--cid-version=1", "--raw-leaves", "--chunker=size-262144", "--max-file-links=174"}
		root := report("pack, ours", ours("pack", filepath.Join(tmp, "store"), src))
		other := report("pack, kubo", offline(append([]string{"add", "-r", "-Q", "--pin=false", src}, profile...)...))
		require.Equal(t, other, root)
		report("verify, ours", ours("verify", filepath.Join(tmp, "store"), root))
		report("verify, kubo", offline("repo", "verify"))
		report("extract, ours", ours("extract", filepath.Join(tmp, "store"), root, filepath.Join(tmp, "out")))
		report("extract, kubo", offline("get", "-o", filepath.Join(tmp, "out2"), root))
		d.ipfs(append([]string{"add", "-r", "-Q", src}, profile...)...)
		base := "http://" + strings.TrimPrefix(d.gateway.String(), "gateway:")
		report("fetch by gateway, ours", ours("fetch", filepath.Join(tmp, "store2"), root, base))
		car := filepath.Join(tmp, "x.car")
		report("curl the CAR", exec.Command("curl", "-sf", "-o", car, base+"/ipfs/"+root+"?format=car"))
		require.NoError(t, os.RemoveAll(filepath.Join(tmp, "repo")))
		require.NoError(t, offline("init", "--empty-repo").Run())
		report("dag import of it, kubo", offline("dag", "import", "--pin-roots=false", car))
	}
	http.DefaultClient.CloseIdleConnections()
}

package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

func TestMain(m *testing.M) {
	if os.Getenv("GATEWAY_TEST_MAIN") != "" {
		Main()
		return
	}
	goleak.VerifyTestMain(m)
}

// What the example publishes, a stranger's store fetches and curl reads.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), []byte("{}"), 0o644))
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-store", t.TempDir(), "-add", dir}, func(addr string) { ready <- addr })
	}()
	var addr string
	select {
	case addr = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	root, err := storage.CID(ctx, os.DirFS(dir), storage.Default)
	require.NoError(t, err)

	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + addr + "/ipfs/" + root.String() + "/config.json")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "{}", string(body))

	g, err := gateway.New("http://"+addr, gateway.Options{Client: client})
	require.NoError(t, err)
	s, err := storage.Open(storage.Config{Dir: t.TempDir(), Fetchers: []storage.Fetcher{g}})
	require.NoError(t, err)
	_, err = s.Fetch(ctx, root)
	require.NoError(t, err)

	cancel()
	require.NoError(t, <-done)
}

// The store is where only this user writes: in a directory that anybody may make, others
// could put content of theirs, or a link, before it.
func TestDefaultStoreIsTheUsersOwn(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	if runtime.GOOS == "linux" {
		require.Equal(t, filepath.Join(cache, "decloud-gateway"), defaultStore())
	}
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData", "home"} {
		t.Setenv(name, "")
	}
	require.Empty(t, defaultStore())
	require.ErrorContains(t, run(t.Context(), []string{"-listen", "127.0.0.1:0"}, func(string) {}), "-store")
}

func TestBadUse(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		args   []string
	}{
		"empty store":  {1, []string{"-store", t.TempDir()}},
		"no directory": {1, []string{"-store", t.TempDir(), "-add", filepath.Join(t.TempDir(), "absent")}},
		"bad address":  {1, []string{"-store", t.TempDir(), "-listen", "nowhere:x"}},
		"bad flag":     {2, []string{"-what"}},
		"argument":     {2, []string{"what"}},
		"help":         {0, []string{"--help"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), append([]string{"-listen", "127.0.0.1:0"}, c.args...), func(string) {})
			require.Error(t, err)
			require.Equal(t, c.status, status(err), err)
		})
	}
}

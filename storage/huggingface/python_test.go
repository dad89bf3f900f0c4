package huggingface_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// hubPython is a Python with huggingface_hub, which .ci/install makes.
func hubPython(t *testing.T) string {
	t.Helper()
	python := os.Getenv("DECLOUD_HUB_PYTHON")
	if python == "" {
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		python = filepath.Join(cache, "decloud-ci", "hub", "bin", "python")
	}
	if out, err := exec.Command(python, "-c", "import huggingface_hub").CombinedOutput(); err != nil {
		message := "no Python with huggingface_hub: .ci/install makes one (%v %s)"
		if os.Getenv("CI") == "true" {
			t.Fatalf(message, err, out)
		}
		t.Skipf(message, err, out)
	}
	return python
}

// client runs testdata/client.py as somebody with a token, and returns what it prints
// last.
func client(t *testing.T, h *hubtest.Hub, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), hubPython(t), append([]string{filepath.Join("testdata", "client.py")}, args...)...)
	cmd.Env = append(os.Environ(), "HF_ENDPOINT="+h.API.URL, "HF_TOKEN="+writer, "HF_HOME="+t.TempDir(), "HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_PROGRESS_BARS=1",
		"HTTP_PROXY=", "http_proxy=", "NO_PROXY=127.0.0.1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// What Hugging Face's own client uploads, we fetch; what we push, it downloads: by the
// same server, which is so no invention of ours.
func TestPythonClient(t *testing.T) {
	hubPython(t)
	ctx := context.Background()
	local := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.CopyFS(local, rows))
	for title, partSize := range map[string]int64{"whole": 0, "in parts": 100_000} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			h.Set(func(h *hubtest.Hub) { h.PartSize, h.PageSize = partSize, 4 })
			commit := client(t, h, "upload", repo, local)
			require.NoError(t, fetch(t, rows, revision(t, "hf:"+repo+"@"+commit, options(h, reader))))
			require.ErrorIs(t, fetch(t, rows, revision(t, "hf:"+repo+"@"+commit, options(h, ""))), huggingface.ErrRepoNotFound)
			source, err := push(t, dataset(t, options(h, writer)), rows)
			require.NoError(t, err)
			require.Equal(t, "hf:"+repo+"@"+commit, source, "what it has uploaded, we need not")

			mine, err := huggingface.New("bob/rows", options(h, writer))
			require.NoError(t, err)
			defer mine.CloseIdle()
			source, err = push(t, mine, rows)
			require.NoError(t, err)
			s, err := huggingface.ParseSource(source)
			require.NoError(t, err)
			root := rootOf(t, rows)
			for _, name := range []string{s.Revision, root.String()} {
				dir := filepath.Join(t.TempDir(), "downloaded")
				require.Contains(t, client(t, h, "download", "bob/rows", name, dir), s.Revision)
				require.NoError(t, os.RemoveAll(filepath.Join(dir, ".cache")), "the client's own notes")
				require.NoError(t, os.Remove(filepath.Join(dir, ".gitattributes")))
				got, err := storage.CID(ctx, os.DirFS(dir), storage.Default)
				require.NoError(t, err)
				require.Equal(t, root, got)
			}
			require.Equal(t, "RepositoryNotFoundError RevisionNotFoundError RemoteEntryNotFoundError", client(t, h, "errors", repo)) // their names in versions 2
		})
	}
}

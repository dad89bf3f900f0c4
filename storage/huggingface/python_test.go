package huggingface_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// hubPython is a Python with huggingface_hub, which .ci/install makes.
func hubPython(t *testing.T) string {
	t.Helper()
	python, err := hubtest.Python()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return python
}

// What Hugging Face's own client uploads, we fetch; what we push, it downloads: by the
// same server, which is so no invention of ours.
func TestPythonClient(t *testing.T) {
	python := hubPython(t)
	ctx := context.Background()
	local := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.CopyFS(local, rows))
	for title, partSize := range map[string]int64{"whole": 0, "in parts": 100_000} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			client := func(args ...string) string {
				said, err := h.Client(t.Context(), python, t.TempDir(), writer, args...)
				require.NoError(t, err)
				return said
			}
			h.Set(func(h *hubtest.Hub) { h.PartSize, h.PageSize = partSize, 4 })
			commit := client("upload", repo, local)
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
				require.Contains(t, client("download", "bob/rows", name, dir), s.Revision)
				require.NoError(t, os.RemoveAll(filepath.Join(dir, ".cache")), "the client's own notes")
				require.NoError(t, os.Remove(filepath.Join(dir, ".gitattributes")))
				got, err := storage.CID(ctx, os.DirFS(dir), storage.Default)
				require.NoError(t, err)
				require.Equal(t, root, got)
			}
			require.Equal(t, "RepositoryNotFoundError RevisionNotFoundError RemoteEntryNotFoundError", client("errors", repo)) // their names in versions 2
		})
	}
}

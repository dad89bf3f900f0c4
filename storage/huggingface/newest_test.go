package huggingface_test

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// The newest commit, whoever made it, is a file system with the CID of what was committed, and keeps it when the next one comes.
func TestNewest(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.Set(func(h *hubtest.Hub) { h.PageSize = 3 })
	d := dataset(t, options(h, reader))
	_, _, err := d.Newest(t.Context())
	require.ErrorIs(t, err, huggingface.ErrRepoNotFound)
	require.NotContains(t, err.Error(), reader)

	first := h.Put(repo, true, content(rows))
	files, source, err := d.Newest(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hf:"+repo+"@"+first, source)
	next := h.Put(repo, true, map[string][]byte{"data.json": []byte("{}")})
	require.NoError(t, fstest.TestFS(files, "data.json", "large.bin", "train/b/same.png"))
	require.Equal(t, rootOf(t, rows), rootOf(t, files))
	_, source, err = d.Newest(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hf:"+repo+"@"+next, source)
}

// What the hub sends otherwise than it lists is no data, and neither are names that belong to no file.
func TestNewestOfALyingHub(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list, sent string
		want       error
	}{
		"more than listed": {`[{"type":"file","path":"a","size":3}]`, "abcd", storage.ErrCorrupt},
		"less":             {`[{"type":"file","path":"a","size":3}]`, "ab", storage.ErrIncomplete},
		"a way out":        {`[{"type":"file","path":"../a","size":3}]`, "", storage.ErrUnsafeName},
		"twice":            {`[{"type":"file","path":"a","size":3},{"type":"file","path":"a","size":4}]`, "", storage.ErrCorrupt},
		"a file, and not":  {`[{"type":"file","path":"a","size":3},{"type":"file","path":"a/b","size":4}]`, "", storage.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			h.Put(repo, false, content(rows))
			h.Intercept(func(w http.ResponseWriter, r *http.Request, _ bool) bool {
				text, mine := c.sent, strings.Contains(r.URL.Path, "/resolve/")
				if strings.Contains(r.URL.Path, "/tree/") {
					text, mine = c.list, true
				}
				if mine {
					_, _ = w.Write([]byte(text))
				}
				return mine
			})
			files, _, err := dataset(t, options(h, "")).Newest(t.Context())
			if err == nil {
				_, err = fs.ReadFile(files, "a")
			}
			require.ErrorIs(t, err, c.want)
		})
	}
}

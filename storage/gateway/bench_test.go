package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

// One byte of a package that holds 512 MiB besides: what it costs must not grow with the package.
func BenchmarkRangeOfOneByte(b *testing.B) {
	s, err := storage.Open(storage.Config{Dir: b.TempDir(), NoSync: true})
	require.NoError(b, err)
	files := fstest.MapFS{"config.json": {Data: []byte(`{"version":2}`)}, "weights.bin": {Data: make([]byte, 512<<20)}}
	root, err := s.Add(b.Context(), files)
	require.NoError(b, err)
	h := gateway.Handler(s)
	for _, name := range []string{"config.json", "weights.bin"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "/ipfs/"+root.String()+"/"+name, nil)
				r.Header.Set("Range", "bytes=5-5")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				require.Equal(b, http.StatusPartialContent, w.Code)
				require.Equal(b, 1, w.Body.Len())
			}
		})
	}
}

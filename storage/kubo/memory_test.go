//go:build kubo && linux

package kubo_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage/internal/measure"
)

// Whatever a store does with a package of 500 MB, it takes less than 64 MB more
// than an idle process.
func TestMemoryOf500MB(t *testing.T) {
	src, store, second, out := measure.Package(t, 500), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "out")
	_, idle := measure.Run(t, measure.Self("open", store))
	within := func(op string, s measure.Sample) {
		t.Logf("%s: %d MB, %d MB idle", op, s.Peak>>20, idle.Peak>>20)
		require.Less(t, s.Peak-idle.Peak, int64(64<<20), op)
	}
	root, s := measure.Run(t, measure.Self("pack", store, src))
	within("pack", s)
	_, s = measure.Run(t, measure.Self("verify", store, root))
	within("verify", s)
	gateway, stop := measure.Listen(t, measure.Self("serve", store))
	_, s = measure.Run(t, measure.Self("fetch", second, root, gateway))
	within("fetch", s)
	within("serve", stop())
	_, s = measure.Run(t, measure.Self("extract", second, root, out))
	within("extract", s)
}

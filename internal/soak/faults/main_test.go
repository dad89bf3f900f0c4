package faults

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

var appsDir string // once they are built

// apps builds the apps for the first test that needs them.
var apps = sync.OnceValue(func() (err error) {
	if appsDir, err = os.MkdirTemp("", "decloud-apps-*"); err == nil {
		err = build(context.Background(), appsDir)
	}
	return err
})

// stage is a chain with apps that are set up and do not run yet.
func stage(t *testing.T, cfg Config) *soak {
	t.Helper()
	require.NoError(t, apps())
	cfg.Apps, cfg.Dir, cfg.Out = appsDir, t.TempDir(), t.Output()
	s := newSoak(cfg)
	t.Cleanup(s.close)
	require.NoError(t, s.setUp())
	return s
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(appsDir)
		os.Exit(code)
	}))
}

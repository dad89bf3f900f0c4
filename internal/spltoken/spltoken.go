// Package spltoken finds the ELFs of the SPL Token and the Associated Token Account
// program that .ci/install fetches. They are not part of this repository. Tests only.
package spltoken

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each runs a test with each of the two token programs that Solana has had at the
// same address. dir is what localnet.WithToken wants. Without the ELFs the test is
// skipped, under CI=true it fails.
func Each(t *testing.T, test func(t *testing.T, dir string)) {
	t.Helper()
	root := root(t)
	programs, err := filepath.Glob(filepath.Join(root, "*", "token.so"))
	require.NoError(t, err)
	if len(programs) == 0 {
		missing(t, "no token program in %s: run .ci/install, or name a directory in DECLOUD_SPL_TOKEN that holds "+
			"NAME/token.so and NAME/associated_token.so", root)
	}
	for _, program := range programs {
		dir := filepath.Dir(program)
		t.Run(filepath.Base(dir), func(t *testing.T) { test(t, dir) })
	}
}

// root is the directory with a subdirectory for each program.
func root(t *testing.T) string {
	if dir := os.Getenv("DECLOUD_SPL_TOKEN"); dir != "" {
		return dir
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		require.NoError(t, err)
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "decloud-ci", "spl")
}

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

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
	dirs := Dirs(t)
	if len(dirs) == 0 {
		t.Skip("no token program")
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { test(t, dir) })
	}
}

// Dirs are the directories of the token programs that are there, for tests that can do
// without; under CI=true there must be one.
func Dirs(t testing.TB) (dirs []string) {
	t.Helper()
	root := root(t)
	programs, err := filepath.Glob(filepath.Join(root, "*", "token.so"))
	require.NoError(t, err)
	for _, program := range programs {
		dirs = append(dirs, filepath.Dir(program))
	}
	if len(dirs) == 0 {
		const how = "no token program in %s: run .ci/install, or name a directory in DECLOUD_SPL_TOKEN that holds NAME/token.so and NAME/associated_token.so"
		if os.Getenv("CI") == "true" {
			t.Fatalf(how, root)
		}
		t.Logf(how, root)
	}
	return dirs
}

// root is the directory with a subdirectory for each program.
func root(t testing.TB) string {
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

// Package programtest is what the tests of the on-chain programs share: the lock of sources and file, lockstep with a real
// Solana runtime, the interface compared with the source, the costs. Each function is for a test in a program's folder.
package programtest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program"
)

// workspace is the folder of the programs, seen from a program's.
const workspace = ".."

// CheckLock requires that the named program's lock fits its sources and its file.
func CheckLock(t *testing.T, name string, elf []byte) {
	t.Helper()
	rebuild := "run internal/program/build.sh " + name + " and commit program.so and program.lock.json with the sources"
	lock, err := program.ReadLock(os.DirFS(workspace), name)
	require.NoError(t, err)
	source, err := program.SourceHash(os.DirFS(workspace), name)
	require.NoError(t, err)
	require.Equal(t, lock.SourceSHA256, source, "the sources changed: "+rebuild)

	sum := sha256.Sum256(elf)
	require.Equal(t, lock.ELFSHA256, hex.EncodeToString(sum[:]), "program.so changed: "+rebuild)
	require.Len(t, elf, lock.ELFBytes)
}

// CheckSourceHash requires that a change of any of the files (paths in the workspace) changes the hash of the named
// program's sources, and that a change of a neighbour's does not.
func CheckSourceHash(t *testing.T, name string, files ...string) {
	t.Helper()
	dir := t.TempDir()
	copySources(t, dir, name)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "neighbour", "src"), 0o755))
	hash := func() string {
		sum, err := program.SourceHash(os.DirFS(dir), name)
		require.NoError(t, err)
		return sum
	}
	change := func(file string) {
		path := filepath.Join(dir, file)
		text, err := os.ReadFile(path)
		require.True(t, err == nil || os.IsNotExist(err), err)
		require.NoError(t, os.WriteFile(path, append(text, '\n'), 0o755))
	}
	before := hash()
	for _, file := range append(files, "Cargo.toml", "build.sh", "sdk/Cargo.toml", "sdk/src/lib.rs", "sbpflink/link.go") {
		require.FileExists(t, filepath.Join(dir, file))
		change(file)
		after := hash()
		require.NotEqual(t, before, after, file)
		before = after
	}
	change("neighbour/src/lib.rs")
	require.Equal(t, before, hash())
}

// copySources copies what a program is built from to a folder laid out as the workspace.
func copySources(t *testing.T, to, name string) {
	t.Helper()
	for _, folder := range []string{"sdk/src", name + "/src", "sbpflink"} {
		require.NoError(t, os.CopyFS(filepath.Join(to, folder), os.DirFS(filepath.Join(workspace, folder))))
	}
	for _, file := range []string{"build.sh", "Cargo.toml", "sdk/Cargo.toml", name + "/Cargo.toml"} {
		text, err := os.ReadFile(filepath.Join(workspace, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, file), text, 0o755))
	}
}

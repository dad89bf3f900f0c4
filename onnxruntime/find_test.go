package onnxruntime

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// touch makes empty files.
func touch(t *testing.T, root string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
}

// The Python environment that is active comes first, then the user's; providers are not the library.
func TestFindLooksWherePackageManagersPutIt(t *testing.T) {
	root := t.TempDir()
	capi := "lib/python3.12/site-packages/onnxruntime/capi/"
	touch(t, root, "venv/"+capi+"libonnxruntime.so.1.20.0", "venv/"+capi+"libonnxruntime.so.1.23.2", "venv/"+capi+"libonnxruntime_providers_shared.so",
		"home/.local/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.19.0",
		"node/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1", "node/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1",
		"mac/"+capi+"libonnxruntime.1.23.2.dylib", "win/Lib/site-packages/onnxruntime/capi/onnxruntime.dll", "set/other.so")
	env := map[string]string{"VIRTUAL_ENV": filepath.Join(root, "venv"), "HOME": filepath.Join(root, "home"), "NODE_PATH": filepath.Join(root, "node")}
	got := func(goos, arch string) (list []string) {
		for _, path := range find(func(name string) string { return env[name] }, goos, arch) {
			if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
				list = append(list, filepath.ToSlash(rel))
			}
		}
		return list
	}
	require.Equal(t, []string{"venv/" + capi + "libonnxruntime.so.1.23.2", "venv/" + capi + "libonnxruntime.so.1.20.0",
		"home/.local/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.19.0", "node/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1"}, got("linux", "amd64"))
	require.Equal(t, "node/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1", got("linux", "arm64")[3])
	env["VIRTUAL_ENV"] = filepath.Join(root, "mac")
	require.Equal(t, []string{"mac/" + capi + "libonnxruntime.1.23.2.dylib"}, got("darwin", "arm64"))
	env["VIRTUAL_ENV"] = filepath.Join(root, "win")
	require.Equal(t, []string{"win/Lib/site-packages/onnxruntime/capi/onnxruntime.dll"}, got("windows", "amd64"))

	env["ORT_DYLIB_PATH"] = filepath.Join(root, "set", "other.so")
	require.Equal(t, []string{"set/other.so"}, got("linux", "amd64"), "what is named is not looked for")
	env["DECLOUD_ONNXRUNTIME"] = filepath.Join(root, "venv")
	require.Len(t, got("linux", "amd64"), 2, "a folder stands for what is in it")
}

// A folder that was named and holds no library is named in the error, with the variable that named it.
func TestTheErrorNamesTheFolder(t *testing.T) {
	for _, name := range Variables {
		t.Setenv(name, "")
	}
	empty := t.TempDir()
	_, err := Open(Config{Path: empty})
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, empty)
	t.Setenv("ORT_DYLIB_PATH", empty)
	_, err = Open(Config{})
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, empty+" (ORT_DYLIB_PATH)")
}

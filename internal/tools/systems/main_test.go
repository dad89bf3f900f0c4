package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What does not fit another system is found there, in tests and assembly too, and only there.
func TestWhatDoesNotFitIsFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":         "module example.com/m\n\ngo 1.26.0\n",
		"m.go":           "package m\n\nimport \"os\"\n\nfunc M() int { return os.Getpid() }\n",
		"m_unix.go":      "//go:build unix\n\npackage m\n\nfunc only() {}\n",
		"m_test.go":      "package m\n\nimport \"testing\"\n\nfunc TestM(*testing.T) { only() }\n",
		"add_arm64.go":   "package m\n\nfunc add(a, b int64) int64\n",
		"add_arm64.s":    "TEXT ·add(SB), $0-24\n\tMOVD a+0(FP), R0\n\tMOVD b+16(FP), R1\n\tADD R0, R1\n\tMOVD R1, ret+16(FP)\n\tRET\n",
		"nested/go.mod":  "module example.com/m/nested\n\ngo 1.26.0\n",
		"nested/main.go": "package main\n\nimport \"syscall\"\n\nfunc main() { _ = syscall.Kill }\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}} {
		require.NoError(t, exec.Command("git", append([]string{"-C", dir}, args...)...).Run())
	}
	var out bytes.Buffer
	require.NoError(t, checkAll(dir, []string{"linux/amd64"}, &out), "%s", &out)
	require.Equal(t, "linux/amd64 .\nlinux/amd64 nested\n", out.String())
	require.Error(t, checkAll(dir, []string{"windows/amd64"}, &out))
	require.Contains(t, out.String(), "undefined: only")
	require.Contains(t, out.String(), "undefined: syscall.Kill")
	require.Error(t, checkAll(dir, []string{"darwin/arm64"}, &out))
	require.Contains(t, out.String(), "invalid offset b+16(FP); expected b+8(FP)")
	require.Error(t, checkAll(dir, []string{"plan10/amd64"}, &out))
	require.Error(t, checkAll(dir, []string{"linux"}, &out))
}

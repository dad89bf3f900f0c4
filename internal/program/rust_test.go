package program_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRustUnits compiles the crates for the host, without a warning, and runs their unit tests, as `cargo test` does.
func TestRustUnits(t *testing.T) {
	const rustc = "/usr/bin/rustc"
	if _, err := exec.LookPath(rustc); err != nil {
		t.Skipf("Debian's rustc-web is not installed: %v", err)
	}
	dir := t.TempDir()
	run := func(command string, args ...string) string {
		t.Helper()
		out, err := exec.Command(command, args...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	compile := []string{"--edition", "2021", "-O", "-D", "warnings"}
	library := filepath.Join(dir, "libsdk.rlib")
	run(rustc, append(compile, "--crate-type", "lib", "--crate-name", "sdk", "-o", library, "sdk/src/lib.rs")...)
	example := filepath.Join(dir, "example.rs")
	require.NoError(t, os.WriteFile(example, []byte(indented(t, "sdk/README.md")), 0o644))
	run(rustc, append(compile, "--crate-type", "lib", "--extern", "sdk="+library, "-o", filepath.Join(dir, "example"), example)...)

	manifests, err := filepath.Glob("*/Cargo.toml")
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	for _, manifest := range manifests {
		name := filepath.Dir(manifest)
		t.Run(name, func(t *testing.T) {
			tests := filepath.Join(dir, name)
			args := append(compile, "--test", "--crate-name", name, "-o", tests, name+"/src/lib.rs")
			if name != "sdk" {
				args = append(args, "--extern", "sdk="+library)
			}
			run(rustc, args...)
			t.Log(run(tests))
		})
	}
}

// indented returns the code of a Markdown file: its lines indented by four.
func indented(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var code strings.Builder
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "    "); ok {
			code.WriteString(rest)
		}
	}
	return code.String()
}

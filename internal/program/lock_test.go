package program_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/program"
	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/stretchr/testify/require"
)

const rebuild = "run internal/program/build.sh and commit decloud.so and decloud.lock.json with the sources"

func TestLockMatchesSourcesAndFile(t *testing.T) {
	lock, err := program.ReadLock()
	require.NoError(t, err)
	source, err := program.SourceHash(os.DirFS("."))
	require.NoError(t, err)
	require.Equal(t, lock.SourceSHA256, source, "the sources changed: "+rebuild)

	sum := sha256.Sum256(program.ELF())
	require.Equal(t, lock.ELFSHA256, hex.EncodeToString(sum[:]), "decloud.so changed: "+rebuild)
	require.Len(t, program.ELF(), lock.ELFBytes)
}

func TestSourceHashSeesEveryChange(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(".")))
	before, err := program.SourceHash(os.DirFS(dir))
	require.NoError(t, err)
	for _, path := range []string{"src/lib.rs", "src/ix/claim.rs", "Cargo.toml", "build.sh", "sbpflink/link.go"} {
		file := filepath.Join(dir, path)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o755))
		after, err := program.SourceHash(os.DirFS(dir))
		require.NoError(t, err)
		require.NotEqual(t, before, after, path)
		before = after
	}
}

// TestRebuild builds a copy of the sources in another directory. With the locked compilers the bytes must be the
// committed ones. Others give other bytes, which `build.sh --check` puts through all the tests; here they need only load.
func TestRebuild(t *testing.T) {
	lock, err := program.ReadLock()
	require.NoError(t, err)
	rustc, err := exec.Command("/usr/bin/rustc", "--version").Output()
	if err != nil {
		t.Skipf("Debian's rustc-web is not installed: %v", err)
	}
	llc, err := exec.Command("llc-22", "--version").Output()
	if err != nil {
		t.Skipf("Debian's llvm-22 is not installed: %v", err)
	}
	locked := strings.TrimSpace(string(rustc)) == lock.Rustc && strings.Contains(string(llc), "LLVM version "+lock.LLVM)
	// The linker's packages are built from here: a copy outside of the module has none.
	dir := t.TempDir()
	linker := filepath.Join(dir, "sbpflink")
	out, err := exec.Command("go", "build", "-o", linker, "./sbpflink").CombinedOutput()
	require.NoError(t, err, string(out))
	source := filepath.Join(dir, "elsewhere")
	require.NoError(t, os.CopyFS(filepath.Join(source, "src"), os.DirFS("src")))
	script, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(source, "build.sh"), script, 0o755))

	built := filepath.Join(dir, "decloud.so")
	command := exec.Command(filepath.Join(source, "build.sh"), built)
	command.Env = append(os.Environ(), "SBPFLINK="+linker)
	out, err = command.CombinedOutput()
	require.NoError(t, err, string(out))
	elf, err := os.ReadFile(built)
	require.NoError(t, err)
	if locked {
		require.Equal(t, program.ELF(), elf, "the same compilers built other bytes")
		return
	}
	t.Logf("%s and LLVM %s are locked, others are installed", lock.Rustc, lock.LLVM)
	require.NoError(t, svm.NewBank(svm.Config{}).AddProgram(programID, elf))
}

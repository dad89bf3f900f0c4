// Package program ties the on-chain programs in its folders to their sources. Each is a Rust crate beside the crate sdk, and
// a Go package that embeds the committed file and its interface; building it needs compilers that a user of the SDK does
// not have (see README.md). A lock file says what the file was built from: a test fails where one was changed without the
// other.
package program

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Names of the files in a program's folder.
const (
	ELFFile  = "program.so"
	IDLFile  = "idl.json"
	LockFile = "program.lock.json"
)

// Lock says what a program's file was built from, and with what.
type Lock struct {
	Rustc        string `json:"rustc"`         // version line of the Rust compiler
	LLVM         string `json:"llvm"`          // version of llvm-link, opt and llc
	SourceSHA256 string `json:"source_sha256"` // see SourceHash
	ELFSHA256    string `json:"elf_sha256"`
	ELFBytes     int    `json:"elf_bytes"`
}

// ReadLock returns the lock of the named program in the workspace.
func ReadLock(workspace fs.FS, name string) (Lock, error) {
	file := path.Join(name, LockFile)
	text, err := fs.ReadFile(workspace, file)
	if err != nil {
		return Lock{}, fmt.Errorf("%w; run internal/program/build.sh %s", err, name)
	}
	var l Lock
	if err := json.Unmarshal(text, &l); err != nil {
		return Lock{}, fmt.Errorf("%s: %w; run internal/program/build.sh %s", file, err, name)
	}
	return l, nil
}

// NewLock describes a file built from the sources of the named program in the workspace.
func NewLock(workspace fs.FS, name string, elf []byte, rustc, llvm string) (Lock, error) {
	source, err := SourceHash(workspace, name)
	if err != nil {
		return Lock{}, err
	}
	return Lock{Rustc: rustc, LLVM: llvm, SourceSHA256: source, ELFSHA256: hexSHA256(elf), ELFBytes: len(elf)}, nil
}

// SourceHash returns the SHA-256, in hex, of what `sha256sum` prints, in the workspace, for everything that decides about
// the named program's bytes, in the order of the paths: build.sh, the manifests, the Rust sources of the program and of
// the sdk, and the linker's sources.
func SourceHash(workspace fs.FS, name string) (string, error) {
	var paths []string
	err := fs.WalkDir(workspace, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isSource(p, name) {
			paths = append(paths, p)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("listing the program's sources: %w", err)
	}
	sort.Strings(paths)
	var sums strings.Builder
	for _, p := range paths {
		data, err := fs.ReadFile(workspace, p)
		if err != nil {
			return "", fmt.Errorf("reading the program's sources: %w", err)
		}
		fmt.Fprintf(&sums, "%s  %s\n", hexSHA256(data), p)
	}
	return hexSHA256([]byte(sums.String())), nil
}

// isSource reports whether the file at a path in the workspace decides about the named program's bytes.
func isSource(p, name string) bool {
	if p == "Cargo.toml" || p == "build.sh" {
		return true
	}
	room, rest, _ := strings.Cut(p, "/")
	switch room {
	case "sdk", name:
		return rest == "Cargo.toml" || strings.HasPrefix(rest, "src/") && path.Ext(p) == ".rs"
	case "sbpflink":
		return path.Ext(p) == ".go" && !strings.HasSuffix(p, "_test.go") && !strings.Contains(rest, "/")
	}
	return false
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

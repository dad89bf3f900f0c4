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

// Lock says what decloud.so was built from, and with what.
type Lock struct {
	Rustc        string `json:"rustc"`         // version line of the Rust compiler
	LLVM         string `json:"llvm"`          // version of llvm-link, opt and llc
	SourceSHA256 string `json:"source_sha256"` // see SourceHash
	ELFSHA256    string `json:"elf_sha256"`
	ELFBytes     int    `json:"elf_bytes"`
}

// ReadLock returns the committed lock.
func ReadLock() (Lock, error) {
	var l Lock
	if err := json.Unmarshal(lock, &l); err != nil {
		return Lock{}, fmt.Errorf("decloud.lock.json: %w; run build.sh", err)
	}
	return l, nil
}

// NewLock describes a file built from the sources in dir, which is this package's folder.
func NewLock(dir fs.FS, elf []byte, rustc, llvm string) (Lock, error) {
	source, err := SourceHash(dir)
	if err != nil {
		return Lock{}, err
	}
	return Lock{Rustc: rustc, LLVM: llvm, SourceSHA256: source, ELFSHA256: hexSHA256(elf), ELFBytes: len(elf)}, nil
}

// SourceHash returns the SHA-256, in hex, of what `sha256sum` prints for everything that decides about the program's
// bytes, in the order of its paths: Cargo.toml, build.sh, the Rust sources and the linker's.
func SourceHash(dir fs.FS) (string, error) {
	var paths []string
	err := fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isSource(p) {
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
		data, err := fs.ReadFile(dir, p)
		if err != nil {
			return "", fmt.Errorf("reading the program's sources: %w", err)
		}
		fmt.Fprintf(&sums, "%s  %s\n", hexSHA256(data), p)
	}
	return hexSHA256([]byte(sums.String())), nil
}

func isSource(p string) bool {
	switch {
	case p == "Cargo.toml", p == "build.sh":
		return true
	case strings.HasPrefix(p, "src/"):
		return path.Ext(p) == ".rs"
	case strings.HasPrefix(p, "sbpflink/"):
		return path.Ext(p) == ".go" && !strings.HasSuffix(p, "_test.go")
	}
	return false
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

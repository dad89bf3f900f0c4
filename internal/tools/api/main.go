// Command api keeps the listings of the public API in api/*.txt.
//
//	.ci/api          renew the listings; refuses an incompatible change that CHANGELOG.md does not mention
//	.ci/api --check  fail where a listing is not what the source says
//
// A listing is Go without bodies and comments, so a reviewer reads in the diff
// what changes for users, and golang.org/x/exp/apidiff can compare it with the
// source.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	root := flag.String("root", ".", "the repository")
	check := flag.Bool("check", false, "compare only")
	flag.Parse()
	if err := run(*root, *check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, check bool, out io.Writer) error {
	now, err := loadRepository(root)
	if err != nil {
		return err
	}
	old, err := readListings(filepath.Join(root, "api"))
	if err != nil {
		return err
	}
	changes := compare(old, now)
	for _, c := range changes {
		fmt.Fprintln(out, c)
	}
	if check {
		return stale(old, now)
	}
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if err := unmentioned(changes, string(changelog)); err != nil {
		return err
	}
	return write(filepath.Join(root, "api"), old, now)
}

// stale reports listings that differ from the source.
func stale(old listings, now *repository) error {
	var names []string
	for name := range old {
		if now.listings[name] == nil {
			names = append(names, name)
		}
	}
	for name, text := range now.listings {
		if !bytes.Equal(old[name], text) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the public API of %s is not what api/*.txt says: run .ci/api and commit the listings", strings.Join(sorted(names), ", "))
}

// listings holds one listing for each package, by its path in the repository.
type listings map[string][]byte

func readListings(dir string) (listings, error) {
	found := listings{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".txt" {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found[filepath.ToSlash(strings.TrimSuffix(rel, ".txt"))], err = os.ReadFile(path)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil // the first listings
	}
	return found, err
}

func write(dir string, old listings, now *repository) error {
	for name := range old {
		if now.listings[name] == nil {
			if err := os.Remove(filepath.Join(dir, name+".txt")); err != nil {
				return err
			}
		}
	}
	for name, text := range now.listings {
		path := filepath.Join(dir, name+".txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"fmt"
	"go/types"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// repository is what the source says today.
type repository struct {
	listings listings
	packages map[string]*types.Package // the same, by the same names
	known    map[string]*types.Package // by import path: those and all that they import
}

// loadRepository loads the public packages of every module of a repository:
// those of the examples are programs, and internal ones nobody can import.
func loadRepository(root string) (*repository, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "go.mod", "*/go.mod").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	r := &repository{listings{}, map[string]*types.Package{}, map[string]*types.Package{}}
	for _, mod := range strings.Fields(string(out)) {
		dir := path.Dir(mod)
		if !public(dir) {
			continue
		}
		if err := r.loadModule(filepath.Join(root, dir), dir); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *repository) loadModule(dir, name string) error {
	loaded, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadTypes | packages.NeedModule}, "./...")
	if err != nil {
		return err
	}
	for _, p := range loaded {
		inside := path.Join(name, strings.TrimPrefix(p.PkgPath, p.Module.Path))
		if p.Name == "main" || !public(inside) {
			continue
		}
		if inside == "." {
			inside = p.Name
		}
		if err := r.add(inside, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *repository) add(name string, p *packages.Package) (err error) {
	if len(p.Errors) > 0 {
		return fmt.Errorf("%s does not build: %w", name, p.Errors[0])
	}
	r.packages[name] = p.Types
	r.remember(p.Types)
	r.listings[name], err = list(p.Types)
	return err
}

// remember keeps a package and all that it imports for the listings to import.
// Of the latter export data holds no more than what the API shows of them.
func (r *repository) remember(p *types.Package) {
	if r.known[p.Path()] != nil {
		return
	}
	p.MarkComplete()
	r.known[p.Path()] = p
	for _, imported := range p.Imports() {
		r.remember(imported)
	}
}

func public(dir string) bool {
	return !slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return part == "internal" || part == "examples" || part == "testdata"
	})
}

// Command release prepares a release: it makes every module of this repository that needs the root require the version
// that is about to be tagged, and prints the tags.
//
//	cd internal/tools && go run ./release ../.. v0.2.0
//
// A module that is fetched by others ignores its replace directives, so what it requires must exist: the root is tagged
// with the same version, in the same commit.
package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// rootModule is the path of the module at the top.
const rootModule = "github.com/decloud-sdk/decloud-go"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: release DIR VERSION")
		os.Exit(2)
	}
	if err := release(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(dir, version string) error {
	if semver.Canonical(version) != version || version == "" || module.CheckPathMajor(version, "") != nil {
		return fmt.Errorf("%q is no version such as v0.2.0", version)
	}
	modules, err := nested(dir)
	if err != nil {
		return err
	}
	fmt.Printf("commit the changed go.mod files, and then:\n\n  git tag %s\n", version)
	for _, m := range modules {
		if err := m.require(version); err != nil {
			return err
		}
		fmt.Printf("  git tag %s/%s\n", m.dir, version)
	}
	return nil
}

// nestedModule is a module below the top that others may fetch.
type nestedModule struct {
	dir  string // below the top, with slashes
	file *modfile.File
}

// nested finds the modules that are public: none has internal in its path.
func nested(top string) ([]nestedModule, error) {
	var list []nestedModule
	err := filepath.WalkDir(top, func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && file != top && (strings.HasPrefix(name, ".") || name == "internal" || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.Name() != "go.mod" {
			return nil
		}
		dir, err := filepath.Rel(top, filepath.Dir(file))
		if err != nil || dir == "." {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := modfile.Parse(file, data, nil)
		list = append(list, nestedModule{filepath.ToSlash(dir), parsed})
		return err
	})
	return list, err
}

// path of the module; it must follow from where it lies, or it could not be fetched.
func (m nestedModule) path() string { return path.Join(rootModule, m.dir) }

// required is the version of the root that the module requires.
func (m nestedModule) required() string {
	for _, r := range m.file.Require {
		if r.Mod.Path == rootModule {
			return r.Mod.Version
		}
	}
	return ""
}

// require makes the module require a version of the root and of the other modules of this
// repository, as far as it requires them.
func (m nestedModule) require(version string) error {
	if m.required() == "" {
		return nil
	}
	for _, r := range m.file.Require {
		if r.Mod.Path != rootModule && !strings.HasPrefix(r.Mod.Path, rootModule+"/") {
			continue
		}
		if err := m.file.AddRequire(r.Mod.Path, version); err != nil {
			return err
		}
	}
	data, err := m.file.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(m.file.Syntax.Name, data, 0o644)
}

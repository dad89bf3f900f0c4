package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/exp/apidiff"
)

// change is what apidiff says of one symbol.
type change struct {
	pkg        string // in the repository
	message    string // "Client.Send: removed"
	compatible bool
}

func (c change) String() string {
	if c.compatible {
		return fmt.Sprintf("compatible    %s: %s", c.pkg, c.message)
	}
	return fmt.Sprintf("INCOMPATIBLE  %s: %s", c.pkg, c.message)
}

// compare says how the source differs from the listings.
func compare(old listings, now *repository) []change {
	var changes []change
	for _, name := range slices.Sorted(maps.Keys(old)) {
		p := now.packages[name]
		if p == nil {
			changes = append(changes, change{name, "package removed", false})
			continue
		}
		for _, c := range apidiff.Changes(parse(p, old[name], now), parse(p, now.listings[name], now)).Changes {
			changes = append(changes, change{name, c.Message, c.Compatible})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now.packages)) {
		if len(old) > 0 && old[name] == nil {
			changes = append(changes, change{name, "package added", true})
		}
	}
	return changes
}

// parse makes a package of a listing. What it names and nobody has any more is
// an invalid type, which differs from whatever took its place.
func parse(p *types.Package, text []byte, now *repository) *types.Package {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, p.Path(), text, parser.SkipObjectResolution)
	if err != nil {
		return types.NewPackage(p.Path(), p.Name()) // not a listing: everything is new
	}
	config := types.Config{Importer: knownPackages(now.known), IgnoreFuncBodies: true, Error: func(error) {}}
	parsed, _ := config.Check(p.Path(), fset, []*ast.File{file}, nil)
	return parsed
}

type knownPackages map[string]*types.Package

func (known knownPackages) Import(path string) (*types.Package, error) {
	if p := known[path]; p != nil {
		return p, nil
	}
	return nil, errors.New("no public package imports it any more")
}

package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Catalog is a user's list of where data sets are. The zero value has the
// built-in ones.
type Catalog struct {
	// Paths are the paths of data sets for Open: {Cifar10: "/data/cifar"}.
	Paths map[ID]string
	// Options say how to read the data sets of Paths and Sources.
	Options map[ID]Options
	// Names are additional names of data sets, compared without case:
	// {"digits": Mnist}.
	Names map[string]ID
	// Sources are files to download for data sets without a path. Each is saved
	// in Dir/<data set>/ under the last element of its URL, and then Open reads
	// that folder, which appears once all of them are there.
	Sources map[ID][]Source
	// Dir is the directory for downloads. Required with Sources and Known.
	// What Install has put there is used before what is built in.
	Dir string
	// Known downloads known data sets into Dir (see Install) when they are
	// opened, if nothing else says where they are and they are not built in.
	Known bool
	// Mirrors are asked for known data sets before their publishers; see
	// InstallOptions.
	Mirrors []string
	// Download configures downloads.
	Download DownloadOptions
}

// Parse is the package's Parse, but looks in the catalog's names first.
func (c Catalog) Parse(name string) (ID, error) {
	for alias, id := range c.Names {
		if strings.EqualFold(strings.TrimSpace(name), alias) {
			return id, nil
		}
	}
	return Parse(name)
}

// Has reports whether the data set has a path, sources, is installed or built
// in.
func (c Catalog) Has(id ID) bool {
	return c.Paths[id] != "" || len(c.Sources[id]) > 0 || builtin[id] != nil || c.installed(id) != ""
}

// Can reports whether Open would download the data set, or Has it.
func (c Catalog) Can(id ID) bool {
	if c.Has(id) {
		return true
	}
	_, err := Known(id)
	return c.Known && err == nil
}

// installed is the folder of an installed data set, "" if there is none.
func (c Catalog) installed(id ID) string {
	if _, err := Known(id); err != nil || c.Dir == "" {
		return ""
	}
	dir := filepath.Join(c.Dir, id.String())
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// Install downloads a known data set into Dir, unless it is there. See Install.
func (c Catalog) Install(ctx context.Context, id ID) (string, error) {
	if c.Dir == "" {
		return "", fmt.Errorf("dataset: set Catalog.Dir: what is installed needs a directory")
	}
	return Install(ctx, id, c.Dir, InstallOptions{Mirrors: c.Mirrors, Download: c.Download})
}

// options are the caller's, else those that a known data set's files need.
func (c Catalog) options(id ID) Options {
	if opts, ok := c.Options[id]; ok {
		return opts
	}
	return knownOptions[id]
}

// Open returns one part of a data set: from the configured path, else from the
// configured sources (downloading what is missing), else what is installed, else
// the built-in one, else with Known what Install downloads. If
// there is none of these it returns ErrNotBuiltin.
func (c Catalog) Open(ctx context.Context, id ID, part Part) (Described, error) {
	if path := c.Paths[id]; path != "" {
		return Open(id, path, part, c.Options[id])
	}
	if len(c.Sources[id]) > 0 {
		return c.openSources(ctx, id, part)
	}
	if dir := c.installed(id); dir != "" {
		return Open(id, dir, part, c.options(id))
	}
	sets, err := Builtin(id)
	if errors.Is(err, ErrNotBuiltin) && c.Known {
		dir, err := c.Install(ctx, id)
		if err != nil {
			return nil, err
		}
		return Open(id, dir, part, c.options(id))
	}
	if errors.Is(err, ErrNotBuiltin) {
		return nil, fmt.Errorf("%w: %v; configure the path of your own copy, or a source to download it from", ErrNotBuiltin, id)
	}
	if err != nil {
		return nil, err
	}
	switch part {
	case Train:
		return sets.Train, nil
	case Test:
		return sets.Test, nil
	}
	return nil, fmt.Errorf("dataset: unknown part %q, want %q or %q", part, Train, Test)
}

// openSources opens a set from its configured sources. What is downloaded becomes
// the set's folder once it can be read; until then it is kept where the next try,
// perhaps with other options, finds it.
func (c Catalog) openSources(ctx context.Context, id ID, part Part) (Described, error) {
	if c.Dir == "" {
		return nil, fmt.Errorf("%v: dataset: set Catalog.Dir: a catalog with sources needs a directory for downloads", id)
	}
	dir := filepath.Join(c.Dir, id.String())
	if _, err := os.Stat(dir); err == nil {
		if err := c.fetch(ctx, id, dir); err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
		return Open(id, dir, part, c.Options[id])
	}
	into := filepath.Join(workDir(c.Dir, id.String()), "sources")
	if err := c.fetch(ctx, id, into); err != nil {
		return nil, fmt.Errorf("%v: %w", id, err)
	}
	if _, err := Open(id, into, part, c.Options[id]); err != nil && !errors.Is(err, ErrNoPart) {
		return nil, err
	}
	if err := os.Rename(into, dir); err != nil {
		return nil, err
	}
	return Open(id, dir, part, c.Options[id])
}

// fetch downloads what is missing of the sources into a folder.
func (c Catalog) fetch(ctx context.Context, id ID, into string) error {
	for _, src := range c.Sources[id] {
		name := src.URL
		if i := strings.IndexAny(name, "?#"); i >= 0 {
			name = name[:i]
		}
		name = name[strings.LastIndexByte(name, '/')+1:]
		if !filepath.IsLocal(name) || strings.ContainsAny(name, `\:`) || name == "." {
			return fmt.Errorf("dataset: %q does not end in a file name", src.URL)
		}
		if err := Download(ctx, filepath.Join(into, name), src, c.Download); err != nil {
			return err
		}
	}
	return nil
}

package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Catalog is a user's own list of where data sets are. The zero value knows
// the built-in ones.
type Catalog struct {
	// Paths are where a data set lies on disk, as Open takes them: {Cifar10: "/data/cifar"}.
	Paths map[ID]string
	// Names are further names for data sets, compared without case: {"digits": Mnist}.
	Names map[string]ID
	// Sources are files to download where no path is configured: each goes into
	// Dir/<data set>/ under its URL's last element, and then Open reads that folder.
	Sources map[ID][]Source
	// Dir is where downloads go. Required with Sources.
	Dir string
	// Download are options for downloads.
	Download DownloadOptions
}

// Parse is the package's Parse with the catalog's own names first.
func (c Catalog) Parse(name string) (ID, error) {
	for own, id := range c.Names {
		if strings.EqualFold(strings.TrimSpace(name), own) {
			return id, nil
		}
	}
	return Parse(name)
}

// Has tells whether Open would look anywhere for the data set.
func (c Catalog) Has(id ID) bool {
	return c.Paths[id] != "" || len(c.Sources[id]) > 0 || builtin[id] != nil
}

// Open returns one part of a data set: from the configured path, else from the
// configured sources (downloading what is missing), else the built-in one.
// ErrNotBuiltin, with what to configure, where there is none of them.
func (c Catalog) Open(ctx context.Context, id ID, part Part) (Described, error) {
	if path := c.Paths[id]; path != "" {
		return Open(id, path, part)
	}
	if len(c.Sources[id]) > 0 {
		dir, err := c.fetch(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", id, err)
		}
		return Open(id, dir, part)
	}
	sets, err := Builtin(id)
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

func (c Catalog) fetch(ctx context.Context, id ID) (string, error) {
	if c.Dir == "" {
		return "", fmt.Errorf("dataset: a catalog with sources needs a directory for them")
	}
	dir := filepath.Join(c.Dir, id.String())
	for _, src := range c.Sources[id] {
		name := src.URL
		if i := strings.IndexAny(name, "?#"); i >= 0 {
			name = name[:i]
		}
		name = name[strings.LastIndexByte(name, '/')+1:]
		if !filepath.IsLocal(name) || strings.ContainsAny(name, `\:`) || name == "." {
			return "", fmt.Errorf("dataset: %q does not end in a file's name", src.URL)
		}
		if err := Download(ctx, filepath.Join(dir, name), src, c.Download); err != nil {
			return "", err
		}
	}
	_, err := os.Stat(dir)
	return dir, err
}

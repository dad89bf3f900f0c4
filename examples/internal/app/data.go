package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Catalog is where the user's data sets are.
func (c *Call) Catalog(s *Common) (dataset.Catalog, error) {
	cat := dataset.Catalog{Paths: map[dataset.ID]string{}, Options: map[dataset.ID]dataset.Options{}, Names: map[string]dataset.ID{}, Sources: map[dataset.ID][]dataset.Source{},
		Dir: filepath.Join(c.Home, "datasets"), Download: dataset.DownloadOptions{OnProgress: c.Progress("downloading", "bytes")},
		Known: s.AutoDownload, Mirrors: s.DatasetMirrors}
	for name, path := range s.DatasetPaths {
		id, err := dataset.Parse(name)
		if err != nil {
			return cat, fmt.Errorf("dataset_paths: %w", err)
		}
		cat.Paths[id] = expand(path, c.Env)
	}
	for name, opts := range s.DatasetOptions {
		id, err := dataset.Parse(name)
		if err != nil {
			return cat, fmt.Errorf("dataset_options: %w", err)
		}
		cat.Options[id] = opts
	}
	for name, sources := range s.DatasetSources {
		id, err := dataset.Parse(name)
		if err != nil {
			return cat, fmt.Errorf("dataset_sources: %w", err)
		}
		for _, src := range sources {
			cat.Sources[id] = append(cat.Sources[id], dataset.Source{URL: src.URL, SHA256: src.SHA256})
		}
	}
	for own, name := range s.DatasetMappings {
		if _, err := dataset.Parse(own); err == nil {
			continue // of one data set to another: see Data
		}
		id, err := dataset.Parse(name)
		if err != nil {
			return cat, fmt.Errorf("dataset_mappings: %w", err)
		}
		cat.Names[own] = id
	}
	return cat, nil
}

// ParseDataset reads a data set's name, or one that the settings map to it.
func (c *Call) ParseDataset(s *Common, name string) (dataset.ID, error) {
	cat, err := c.Catalog(s)
	if err != nil {
		return 0, err
	}
	id, err := cat.Parse(name)
	if err != nil {
		return 0, usageError{fmt.Sprintf("%s is not a known data set%s; %s lists them (one of your own goes by a number from 128 to 255, such as 200)", quoted(name), Meant(name, datasetNames()), c.datasetsCommand())}
	}
	return id, nil
}

// quoted repeats a name that somebody typed, unless it is long enough to be a key.
func quoted(name string) string {
	if len(name) > 32 {
		return "that"
	}
	return fmt.Sprintf("%q", name)
}

// datasetsCommand is the command of this app that lists data sets.
func (c *Call) datasetsCommand() string {
	if _, ok := named(c.App.Commands, "datasets"); ok {
		return c.Command("datasets")
	}
	return c.Command("dataset available")
}

// OpenDataset opens one part of a data set.
func (c *Call) OpenDataset(ctx context.Context, s *Common, id dataset.ID, part dataset.Part) (dataset.Described, error) {
	cat, err := c.Catalog(s)
	if err != nil {
		return nil, err
	}
	defer c.Working()()
	ds, err := cat.Open(ctx, id, part)
	if errors.Is(err, dataset.ErrNotBuiltin) {
		return nil, fmt.Errorf("there is no data for %s: %s: %w", id, c.Commandf("dataset set %s PATH", id), err)
	}
	return ds, c.fetched(id, asFlags(err))
}

// OpenFile opens a test set of the caller's own in a form that "dataset set" takes, with what the settings
// say of the data set.
func (c *Call) OpenFile(ctx context.Context, s *Common, id dataset.ID, path string) (dataset.Described, error) {
	cat, err := c.Catalog(s)
	if err != nil {
		return nil, err
	}
	cat.Paths[id] = expand(path, c.Env)
	ds, err := cat.Open(ctx, id, dataset.Test)
	return ds, asFlags(err)
}

// fetched is an error of a download with what can be done about it: what is said of
// a chain that cannot be reached does not help.
func (c *Call) fetched(id dataset.ID, err error) error {
	var request *url.Error
	if !errors.As(err, &request) {
		return err
	}
	return hintError{err, fmt.Sprintf("  Name your own copy: %s\n  Or a mirror of known data sets: %s", c.Commandf("dataset set %s PATH", id), c.Command("config --set dataset_mirrors=URL"))}
}

// Unfit is an error about a model and data that do not go together, with the command that says how the data is to be read.
func (c *Call) Unfit(id dataset.ID, err error) error {
	if !errors.Is(err, dataset.ErrClass) {
		return err
	}
	return hintError{asFlags(err), "  Say it of your data: " + c.Commandf("dataset set %s PATH …", id)}
}

// hintError is an error with what to do about it.
type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

// OpenData opens one part of the data sets that are named, or of all that there
// is data for. Of those named, the ones without data are left out with a note,
// unless none is left.
func (c *Call) OpenData(ctx context.Context, s *Common, wanted []string, part dataset.Part) (map[dataset.ID]dataset.Dataset, error) {
	cat, err := c.Catalog(s)
	if err != nil {
		return nil, err
	}
	defer c.Working()()
	ids := s.datasets()
	if len(wanted) > 0 {
		ids = nil
		for _, name := range wanted {
			id, err := c.ParseDataset(s, name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
	}
	data := map[dataset.ID]dataset.Dataset{}
	for _, id := range ids {
		from := s.mapped(id)
		if !cat.Has(from) && (len(wanted) == 0 || !cat.Can(from)) {
			if len(wanted) > 0 {
				c.Note("no data for %s: rounds about it are skipped. Name your copy: %s", id, c.Commandf("dataset set %s PATH", id))
			}
			continue
		}
		ds, err := cat.Open(ctx, from, part)
		if err != nil && ctx.Err() == nil && !cat.Has(from) {
			c.Note("%s could not be downloaded, so rounds about it are skipped: %v", id, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s data of %s: %w", part, id, err)
		}
		data[id] = ds
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("there is no data to work with: name your copy of a data set: %s", c.Command("dataset set NAME PATH"))
	}
	return data, nil
}

// datasets are all data sets that have a name, and those that the settings name by a number.
func (s *Common) datasets() []dataset.ID {
	ids := dataset.IDs()
	for _, names := range []iter.Seq[string]{maps.Keys(s.DatasetPaths), maps.Keys(s.DatasetSources), maps.Keys(s.DatasetMappings)} {
		for name := range names {
			if id, err := dataset.Parse(name); err == nil {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mapped is the data set to use where another one is asked for.
func (s *Common) mapped(id dataset.ID) dataset.ID {
	for own, name := range s.DatasetMappings {
		if asked, err := dataset.Parse(own); err == nil && asked == id {
			if use, err := dataset.Parse(name); err == nil {
				return use
			}
		}
	}
	return id
}

// SetPath remembers where the user's copy of a data set is.
func (s *Common) SetPath(id dataset.ID, path string) {
	forget(s.DatasetPaths, id)
	if s.DatasetPaths == nil {
		s.DatasetPaths = map[string]string{}
	}
	s.DatasetPaths[id.String()] = path
}

// OwnData reports whether the user has named a copy of a data set.
func (s *Common) OwnData(id dataset.ID) bool { return lookup(s.DatasetPaths, s.mapped(id)) != "" }

// SetDataOptions remembers how the files of a data set are to be read.
func (s *Common) SetDataOptions(id dataset.ID, opts dataset.Options) {
	forget(s.DatasetOptions, id)
	if reflect.ValueOf(opts).IsZero() {
		return
	}
	if s.DatasetOptions == nil {
		s.DatasetOptions = map[string]dataset.Options{}
	}
	s.DatasetOptions[id.String()] = opts
}

// AddSource remembers a file to download of a data set.
func (s *Common) AddSource(id dataset.ID, src Source) {
	if s.DatasetSources == nil {
		s.DatasetSources = map[string][]Source{}
	}
	s.DatasetSources[id.String()] = append(s.DatasetSources[id.String()], src)
}

// Forget drops all that is set for a data set, and reports whether there was any.
func (s *Common) Forget(id dataset.ID) bool {
	paths, sources, mappings := forget(s.DatasetPaths, id), forget(s.DatasetSources, id), forget(s.DatasetMappings, id)
	forget(s.DatasetOptions, id)
	return paths || sources || mappings
}

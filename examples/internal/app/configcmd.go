package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// repeated collects the values of a flag that may be given several times.
type repeated []string

func (r *repeated) Set(text string) error { *r = append(*r, text); return nil }
func (r *repeated) String() string        { return "" }

// Presets are named groups of settings.
type Presets struct {
	Names []string
	About func(name string) string
	Apply func(cfg Config, name string) error
}

// ConfigCommand shows and changes settings. presets may be nil.
func ConfigCommand(presets *Presets) Command {
	return Command{
		Name: "config", Summary: "show and change settings",
		Long: `Settings are in config.json in the app's directory, a file that only you may read. Keys are never shown.
Names and values: see "config --show". Several changes can be made at once.`,
		Bind: func(fs *flag.FlagSet) Action {
			e := edit{presets: presets}
			fs.BoolVar(&e.show, "show", false, "show the settings (also what happens without flags)")
			fs.Var(&e.set, "set", "set one, as `name=value`; may be repeated")
			fs.Var(&e.mapping, "add-mapping", "where a round asks for one data set, use another, as `asked:own`")
			fs.Var(&e.path, "add-path", "say where your copy of a data set is, as `name:path`")
			fs.BoolVar(&e.reset, "reset", false, "go back to the defaults; the old file is kept beside the new one")
			if presets != nil {
				fs.StringVar(&e.preset, "preset", "", "apply the group of settings with this `name`; list: show them")
			}
			return e.run
		},
	}
}

// edit is what one call of config does.
type edit struct {
	presets            *Presets
	show, reset        bool
	set, mapping, path repeated
	preset             string
}

func (e *edit) run(_ context.Context, c *Call) error {
	if e.preset == "list" {
		return e.listPresets(c)
	}
	cfg := c.App.NewConfig()
	if e.reset {
		if err := c.setAside(); err != nil {
			return err
		}
	} else if err := c.Load(cfg); err != nil {
		return err
	}
	if e.preset != "" {
		if err := e.presets.Apply(cfg, e.preset); err != nil {
			return err
		}
	}
	for _, pair := range e.set {
		if err := assign(cfg, pair); err != nil {
			return err
		}
	}
	if err := e.datasets(c, cfg.Base()); err != nil {
		return err
	}
	if e.reset || e.preset != "" || len(e.set)+len(e.mapping)+len(e.path) > 0 {
		if err := c.Save(cfg); err != nil {
			return err
		}
		c.Note("saved in %s", c.path())
	}
	return c.showConfig(cfg)
}

// setAside moves the settings out of the way: they may hold the only copy of a
// key.
func (c *Call) setAside() error {
	if _, err := os.Lstat(c.path()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	aside := c.path() + ".old-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	c.Note("the settings so far are kept in %s: delete it once you do not need its keys", aside)
	return os.Rename(c.path(), aside)
}

// assign sets one setting from "name=value". The value is never repeated.
func assign(cfg Config, pair string) error {
	key, value, ok := strings.Cut(pair, "=")
	if !ok {
		return usageError{"--set: expected name=value"}
	}
	s, ok := setting(cfg, key)
	if !ok {
		return usageError{fmt.Sprintf("--set: no such setting%s; the settings are %s", Meant(key, settingNames(cfg)), strings.Join(settingNames(cfg), ", "))}
	}
	if err := s.Value.Set(value); err != nil {
		return usageError{fmt.Sprintf("--set %s: %v", s.Key, err)}
	}
	return nil
}

// datasets applies --add-mapping and --add-path.
func (e *edit) datasets(c *Call, s *Common) error {
	for _, pair := range e.mapping {
		asked, own, ok := strings.Cut(pair, ":")
		if asked = strings.TrimSpace(asked); !ok || asked == "" {
			return usageError{"--add-mapping: expected asked:own, such as custom:cifar10"}
		}
		if _, err := c.ParseDataset(s, own); err != nil {
			return err
		}
		if _, err := dataset.Parse(asked); err != nil {
			c.Note("rounds ask for data sets by number, so none asks for %s: it is another name for %s in this app's commands", quoted(asked), own)
		}
		if s.DatasetMappings == nil {
			s.DatasetMappings = map[string]string{}
		}
		s.DatasetMappings[strings.ToLower(asked)] = own
	}
	for _, pair := range e.path {
		name, path, ok := strings.Cut(pair, ":")
		if !ok || path == "" {
			return usageError{"--add-path: expected name:path, such as cifar10:/data/cifar"}
		}
		id, err := c.ParseDataset(s, name)
		if err != nil {
			return err
		}
		if path, err = anchored(path); err != nil {
			return err
		}
		s.SetPath(id, path)
	}
	return nil
}

func (e *edit) listPresets(c *Call) error {
	about := map[string]string{}
	var rows [][]string
	for _, name := range e.presets.Names {
		about[name] = e.presets.About(name)
		rows = append(rows, []string{name, about[name]})
	}
	return c.Print(about, func(w io.Writer) { Table(w, "PRESET SETTINGS", rows) })
}

// showConfig shows every setting; keys are redacted.
func (c *Call) showConfig(cfg Config) error {
	shown := map[string]any{}
	var pairs []string
	add := func(key, value string) {
		shown[key] = value
		pairs = append(pairs, key, dash(value))
	}
	for _, s := range cfg.Settings() {
		add(s.Key, s.shown())
	}
	base := cfg.Base()
	for _, m := range []struct {
		name string
		of   map[string]string
	}{{"dataset_paths", base.DatasetPaths}, {"dataset_mappings", base.DatasetMappings}} {
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(m.of)) {
			pairs = append(pairs, name+":"+m.of[name])
		}
		add(m.name, strings.Join(pairs, ", "))
		shown[m.name] = m.of
	}
	if n := len(base.DatasetSources); n > 0 {
		add("dataset_sources", fmt.Sprintf("%d data sets", n))
	}
	return c.Print(shown, func(w io.Writer) { Fields(w, pairs...) })
}

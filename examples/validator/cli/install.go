package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// list collects the values of a flag that may be given several times.
type list []string

func (l *list) Set(text string) error { *l = append(*l, text); return nil }
func (l *list) String() string        { return "" }

// installed is a data set that is ready to score on.
type installed struct {
	Dataset string `json:"dataset"`
	Samples int    `json:"samples"`
	Classes int    `json:"classes"`
}

func installCommand() app.Command {
	return app.Command{
		Name: "install", Args: "<name> […]", Summary: "get a data set ready: built in, from a path, or downloaded",
		Long: `Some data sets are built in, and of the usual ones the publisher's address and checksum are known: they are downloaded
by name. Of any other, name your copy (--path), or where to download it from: --url with the file's --sha256, both as often
as it has files; without a checksum nothing is downloaded. The test split must be in the order that the data set fixes.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			path := fs.String("path", "", "`file or folder` of your copy")
			var urls, sums list
			fs.Var(&urls, "url", "`URL` of a file to download; may be repeated")
			fs.Var(&sums, "sha256", "its SHA-256 in `hex`, in the order of the URLs")
			published := app.BindPublished(fs)
			opts := app.BindDataOptions(fs)
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				if len(c.Args) > 1 && (*path != "" || len(urls) > 0) {
					return app.Usagef("--path and --url are for one data set at a time")
				}
				if *path == "" && len(urls) == 0 && !reflect.ValueOf(*opts).IsZero() {
					return app.Usagef("flags that say how files are read go with --path or --url")
				}
				if len(urls) != len(sums) {
					return app.Usagef("every --url needs its --sha256, and got %d for %d", len(sums), len(urls))
				}
				ids, err := parseAll(c, cfg, c.Args)
				if err != nil {
					return err
				}
				remember(cfg, ids[0], *path, urls, sums, *opts)
				ready, err := open(ctx, c, cfg, ids, *published)
				if err != nil {
					return err
				}
				if *path != "" || len(urls) > 0 {
					if err := c.Save(cfg); err != nil {
						return err
					}
				}
				return showInstalled(c, ready)
			}
		},
	}
}

func parseAll(c *app.Call, cfg *config, names []string) (ids []dataset.ID, err error) {
	for _, name := range names {
		id, err := c.ParseDataset(&cfg.Common, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// remember sets where a data set is, in place of where it was.
func remember(cfg *config, id dataset.ID, path string, urls, sums list, opts dataset.Options) {
	switch {
	case path != "":
		cfg.Forget(id)
		if abs, err := filepath.Abs(path); err == nil && !strings.HasPrefix(path, "~") {
			path = abs
		}
		cfg.SetPath(id, path)
	case len(urls) > 0:
		cfg.Forget(id)
		for i := range urls {
			cfg.AddSource(id, app.Source{URL: urls[i], SHA256: sums[i]})
		}
	default:
		return
	}
	cfg.SetDataOptions(id, opts)
}

// open opens the test splits of data sets, downloading what is missing.
func open(ctx context.Context, c *app.Call, cfg *config, ids []dataset.ID, published bool) (ready []installed, err error) {
	for _, id := range ids {
		err := c.Install(ctx, &cfg.Common, id, published)
		if errors.Is(err, dataset.ErrUnknownSource) {
			err = fmt.Errorf("%w; or: %s", err, c.Commandf("dataset install %s --url URL --sha256 HEX", id))
		}
		if err != nil {
			return nil, err
		}
		ds, err := c.OpenDataset(ctx, &cfg.Common, id, dataset.Test)
		if err != nil {
			return nil, err
		}
		ready = append(ready, installed{id.String(), ds.Len(), ds.Classes()})
	}
	return ready, nil
}

func showInstalled(c *app.Call, ready []installed) error {
	return c.Print(ready, func(w io.Writer) {
		var rows [][]string
		for _, r := range ready {
			rows = append(rows, []string{r.Dataset, fmt.Sprint(r.Samples), fmt.Sprint(r.Classes)})
		}
		app.Table(w, "DATASET TEST-SAMPLES CLASSES", rows)
	})
}

func uninstallCommand() app.Command {
	return app.Command{
		Name: "uninstall", Args: "<name>", Summary: "forget a data set and delete what was downloaded of it",
		Long: "Files of your own (--path) stay where they are.",
		Bind: func(*flag.FlagSet) app.Action {
			return func(_ context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				id, err := c.ParseDataset(&cfg.Common, c.Args[0])
				if err != nil {
					return err
				}
				dir := filepath.Join(c.Home, "datasets", id.String())
				begun := filepath.Join(c.Home, "datasets", ".downloads", id.String())
				_, statErr := os.Stat(dir)
				_, begunErr := os.Stat(begun)
				if !cfg.Forget(id) && statErr != nil && begunErr != nil {
					return fmt.Errorf("%s is not installed", id)
				}
				if err := errors.Join(c.Save(cfg), os.RemoveAll(dir), os.RemoveAll(begun)); err != nil {
					return err
				}
				return c.Print(map[string]string{"uninstalled": id.String()}, func(w io.Writer) { fmt.Fprintf(w, "%s is uninstalled\n", id) })
			}
		},
	}
}

func installAllCommand() app.Command {
	return app.Command{
		Name: "install-all", Summary: "get every data set ready that there is data or a source for",
		Bind: func(fs *flag.FlagSet) app.Action {
			kind := fs.String("category", "all", "only data sets of this `kind`: image, text, tabular, audio, …")
			app.Alias(fs, "c", "category")
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				cat, err := c.Catalog(&cfg.Common)
				if err != nil {
					return err
				}
				var ids []dataset.ID
				for _, id := range dataset.IDs() {
					if cat.Has(id) && (*kind == "all" || strings.EqualFold(*kind, id.Info().Modality)) {
						ids = append(ids, id)
					}
				}
				ready, err := open(ctx, c, cfg, ids, false)
				if err != nil {
					return err
				}
				return showInstalled(c, ready)
			}
		},
	}
}

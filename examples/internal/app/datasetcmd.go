package app

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// datasetView is a data set as it is shown.
type datasetView struct {
	ID       uint8  `json:"id"`
	Name     string `json:"name"`
	Modality string `json:"modality,omitempty"`
	Shape    []int  `json:"shape,omitempty"`
	Classes  int    `json:"classes,omitempty"`
	Data     string `json:"data,omitempty"` // where this app takes it from
}

func viewDataset(s *Common, cat dataset.Catalog, id dataset.ID) datasetView {
	info := id.Info()
	v := datasetView{ID: uint8(id), Name: id.String(), Modality: info.Modality, Shape: info.Shape, Classes: info.Classes}
	from := s.mapped(id)
	if path := lookup(s.DatasetPaths, from); path != "" {
		v.Data = path
	} else if sources := lookup(s.DatasetSources, from); len(sources) > 0 {
		v.Data = "downloads"
	} else if _, err := os.Stat(filepath.Join(cat.Dir, from.String())); err == nil && cat.Has(from) {
		v.Data = "installed"
	} else if cat.Has(from) {
		v.Data = "built in"
	}
	if from != id && v.Data != "" {
		v.Data = from.String() + ": " + v.Data
	}
	return v
}

// lookup finds what is set for a data set; names compare without case.
func lookup[T any](m map[string]T, id dataset.ID) (found T) {
	for name, v := range m {
		if own, err := dataset.Parse(name); err == nil && own == id {
			found = v
		}
	}
	return found
}

// forget removes what is set for a data set, and reports whether there was any.
func forget[T any](m map[string]T, id dataset.ID) bool {
	before := len(m)
	maps.DeleteFunc(m, func(name string, _ T) bool {
		own, err := dataset.Parse(name)
		return err == nil && own == id
	})
	return len(m) < before
}

// ListDatasets shows all data sets, or only those that there is data for.
func (c *Call) ListDatasets(s *Common, onlyOwn bool) error {
	cat, err := c.Catalog(s)
	if err != nil {
		return err
	}
	views := []datasetView{}
	for _, id := range s.datasets() {
		if v := viewDataset(s, cat, id); v.Data != "" || !onlyOwn {
			views = append(views, v)
		}
	}
	return c.Print(views, func(w io.Writer) {
		var rows [][]string
		for _, v := range views {
			rows = append(rows, []string{fmt.Sprint(v.ID), v.Name, dash(v.Modality), dash(shape(v.Shape)), number0(v.Classes), dash(v.Data)})
		}
		Table(w, "ID NAME KIND SHAPE CLASSES DATA", rows)
	})
}

func shape(dims []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(dims), "[]"), " ", "x")
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func number0(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// withConfig is an action on the settings.
func withConfig(do func(ctx context.Context, c *Call, cfg Config) error) Action {
	return func(ctx context.Context, c *Call) error {
		cfg := c.App.NewConfig()
		if err := c.Load(cfg); err != nil {
			return err
		}
		return do(ctx, c, cfg)
	}
}

// DatasetsCommand lists all data sets, as "datasets" of the creator.
func DatasetsCommand() Command {
	return Command{Name: "datasets", Summary: "list the data sets that rounds can be about", Bind: func(*flag.FlagSet) Action {
		return withConfig(func(_ context.Context, c *Call, cfg Config) error { return c.ListDatasets(cfg.Base(), false) })
	}}
}

// DatasetCommand manages where data is: list, set, remove, available. part is
// what the app reads of a data set; more are further commands.
func DatasetCommand(part dataset.Part, more ...Command) Command {
	sub := []Command{
		{Name: "list", Summary: "list the data sets that there is data for", Bind: func(fs *flag.FlagSet) Action {
			all := fs.Bool("available", false, "list all, also those without data")
			Alias(fs, "a", "available")
			installed := fs.Bool("installed", false, "list only those with data, as without it")
			Alias(fs, "i", "installed")
			return withConfig(func(_ context.Context, c *Call, cfg Config) error {
				return c.ListDatasets(cfg.Base(), !*all || *installed)
			})
		}},
		{Name: "available", Summary: "list all data sets that rounds can be about", Bind: func(*flag.FlagSet) Action {
			return withConfig(func(_ context.Context, c *Call, cfg Config) error { return c.ListDatasets(cfg.Base(), false) })
		}},
		{Name: "set", Args: "<name> <path>", Summary: "name the file or folder of your copy of a data set",
			Long: "The path is a folder of IDX, CIFAR, CSV, TSV, JSONL or NPZ files, or of pictures, recordings (WAV) or texts (.txt) by class, or such a file. All of it is\nread, to see that it fits; what was found is shown. The flags say what the files do not say of themselves. What is running reads it when\nit is started again.",
			Bind: func(fs *flag.FlagSet) Action {
				opts := BindDataOptions(fs)
				pkg := fs.String("package", "", "`directory` of a package that the data must fit, and whose classes and columns it has unless flags name others")
				return withConfig(func(ctx context.Context, c *Call, cfg Config) error {
					return c.setDataset(ctx, cfg, owned{c.Args[0], c.Args[1], part, *opts, *pkg})
				})
			}},
		{Name: "remove", Args: "<name>", Summary: "forget where a data set is; files stay", Bind: func(*flag.FlagSet) Action {
			return withConfig(func(_ context.Context, c *Call, cfg Config) error { return c.removeDataset(cfg, c.Args[0]) })
		}},
	}
	return Command{Name: "dataset", Summary: "manage where your data is", Sub: append(sub, more...)}
}

// owned is a data set that a user names.
type owned struct {
	name, path string
	part       dataset.Part
	opts       dataset.Options
	pkg        string // directory of a package that it must fit; may be empty
}

// setDataset remembers a path once all that is there was read.
func (c *Call) setDataset(ctx context.Context, cfg Config, own owned) error {
	s := cfg.Base()
	id, err := c.ParseDataset(s, own.name)
	if err != nil {
		return err
	}
	if own.path == "" {
		return Usagef("a path is needed, and it is empty; the folder that you are in is .")
	}
	if own.path, err = filepath.Abs(expand(own.path, c.Env)); err != nil {
		return err
	}
	var pkg *packagefmt.Package
	if own.pkg != "" {
		if pkg, err = packagefmt.Read(os.DirFS(own.pkg)); err != nil {
			return fmt.Errorf("%s: %w", own.pkg, err)
		}
		own.fit(id, pkg)
	}
	given := own.path
	if own, err = c.unpacked(id, own); err != nil {
		return fmt.Errorf("nothing was set: %w", asFlags(err))
	}
	kept := own.path == given
	defer func() {
		if !kept { // what was unpacked is named by no setting
			_ = os.RemoveAll(own.path)
		}
	}()
	view, err := c.Survey(ctx, id, own.path, own.part, own.opts)
	if err == nil && pkg != nil {
		err = fitsPackage(id, own, pkg)
	}
	if err != nil && holdsParquet(own.path) {
		err = hintError{err, "  " + c.App.elsewhere("a reader of Parquet files")}
	}
	if err != nil {
		return fmt.Errorf("nothing was set: %w", asFlags(err))
	}
	s.SetPath(id, own.path)
	s.SetDataOptions(id, own.opts)
	if err := c.Save(cfg); err != nil {
		return err
	}
	kept = true
	return c.Print(view, view.show)
}

// fit takes from a package what the user did not say: the classes, of a table the
// columns, and of pictures the size, where none is agreed on.
func (o *owned) fit(id dataset.ID, pkg *packagefmt.Package) {
	pre := pkg.Config.Preprocessing
	if pre == nil {
		return
	}
	if len(o.opts.Classes) == 0 {
		o.opts.Classes = pre.Classes
	}
	said := len(o.opts.Columns) + len(o.opts.Categorical) + len(o.opts.Ignore)
	named := len(pre.Columns) > 0 && !slices.ContainsFunc(pre.Columns, func(c dataset.Column) bool { return c.Name == "" })
	if said == 0 && named && holdsTable(o.path) {
		o.opts.Columns = pre.Columns
	}
	if o.opts.Resize == nil && id.Info().Shape == nil && len(pre.Shape) == 3 && holdsFolders(o.path) {
		if o.opts.Resize = pre.Resize; pre.Resize == nil {
			o.opts.Resize = &dataset.Resize{Size: pre.Shape[1:]}
		}
	}
}

// holdsFolders reports whether a path is a folder of nothing but folders, as pictures by class are.
func holdsFolders(path string) bool {
	entries, err := os.ReadDir(path)
	file := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() && !strings.HasPrefix(e.Name(), ".") })
	return err == nil && len(entries) > 0 && !file
}

// holdsTable reports whether a path is a table, or a folder with one.
func holdsTable(path string) bool {
	names := []string{path}
	if entries, err := os.ReadDir(path); err == nil {
		names = nil
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return slices.ContainsFunc(names, func(n string) bool {
		ext := filepath.Ext(strings.TrimSuffix(strings.ToLower(n), ".gz"))
		return ext == ".csv" || ext == ".tsv"
	})
}

// fitsPackage compares a data set with a package.
func fitsPackage(id dataset.ID, own owned, pkg *packagefmt.Package) error {
	ds, err := dataset.Open(id, own.path, own.part, own.opts)
	if err == nil {
		_, err = pkg.Adapt(ds)
	}
	return err
}

func (c *Call) removeDataset(cfg Config, name string) error {
	s := cfg.Base()
	id, err := c.ParseDataset(s, name)
	if err != nil {
		return err
	}
	if !s.Forget(id) {
		return fmt.Errorf("nothing is set for %s", id)
	}
	if err := c.Save(cfg); err != nil {
		return err
	}
	return c.Print(map[string]string{"removed": id.String()}, func(w io.Writer) { fmt.Fprintf(w, "%s is forgotten; its files are where they were\n", id) })
}

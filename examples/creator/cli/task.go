package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// maxTask bounds a file with a task, in bytes.
const maxTask = 1 << 20

// readTask reads the task of a data round; nil where no file is named. What it says is compared with the model when the
// package is built.
func readTask(path string) (*packagefmt.Task, error) {
	if path == "" {
		return nil, nil
	}
	text, err := userfile.Read(path, maxTask)
	if err != nil {
		return nil, fmt.Errorf("--task: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // a misspelt one would be left out silently, and scores with it
	task := new(packagefmt.Task)
	if err := dec.Decode(task); err != nil {
		return nil, fmt.Errorf("--task: %s is no task as packagefmt/FORMAT.md has it: %w", path, err)
	}
	if _, err := dec.Token(); err != io.EOF { //nolint:errorlint // the decoder returns it bare
		return nil, fmt.Errorf("--task: %s holds more than one JSON object", path)
	}
	return task, nil
}

// Recipe are the flags that say how a model becomes a package, for an app that makes packages beside this one.
type Recipe struct{ *recipe }

// BindRecipe declares them.
func BindRecipe(fs *flag.FlagSet) Recipe { return Recipe{bindRecipe(fs)} }

// Given reports whether a model was named.
func (r Recipe) Given() bool { return r.model != "" }

// Build makes the package, as "build" does, and returns the public test split with it.
func (r Recipe) Build(ctx context.Context, c *app.Call, common app.Common) (*packagefmt.Package, dataset.Dataset, error) {
	cfg := newConfig().(*config)
	cfg.Common = common
	b, err := r.build(ctx, c, cfg)
	return b.pkg, b.test, err
}

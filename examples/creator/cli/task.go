package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	decloud "github.com/decloud-sdk/decloud-go"
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

// Fair are the flags of launch that change the odds of a fair round, for an app that opens such rounds beside this one.
type Fair struct{ t *terms }

// BindFair declares them: --committee, --bond and --holdout.
func BindFair(fs *flag.FlagSet) Fair {
	f := Fair{&terms{}}
	f.t.fairFlags.bindOdds(fs)
	f.t.fairFlags.bindHoldout(fs, "this command")
	return f
}

// Holdout is the path of the test set to seal; empty: none.
func (f Fair) Holdout() string { return f.t.fairFlags.holdout }

// Check looks at what the chain is not needed for, of a round with a reward, and a quorum that was asked for; 0: none was.
func (f Fair) Check(reward app.SOL, quorum int) error {
	f.t.reward, f.t.quorum = reward, quorum
	return f.t.fairFlags.checkCommittee(quorum)
}

// Apply puts committee and bond, where they were asked for, into the terms.
func (f Fair) Apply(ctx context.Context, client *decloud.Client, of decloud.Terms) (decloud.Terms, error) {
	if err := f.t.bond(of.Fair); err != nil || f.t.fairFlags.committee == "" {
		return of, err
	}
	return f.t.committee(ctx, client, of)
}

// Hidden reads the test set to seal.
func (f Fair) Hidden(ctx context.Context, c *app.Call, common app.Common, pkg *packagefmt.Package) (packagefmt.Holdout, error) {
	id, _ := pkg.Dataset()
	return built{pkg: pkg, id: id}.hidden(ctx, c, common, f.Holdout())
}

// Seal seals it in a package of which test is the public one, under a new key. A test that validators would not score on
// is refused.
func (f Fair) Seal(ctx context.Context, c *app.Call, pkg *packagefmt.Package, test dataset.Dataset, hidden packagefmt.Holdout) (packagefmt.HoldoutKey, error) {
	key, err := built{pkg: pkg, test: test}.seal(ctx, c, hidden)
	if err != nil {
		return key, fmt.Errorf("nothing was published or paid: --holdout %s: %w", f.Holdout(), err)
	}
	return key, nil
}

// Sealed puts the key's hash and what a test of so many samples takes into the terms.
func Sealed(of *decloud.Terms, hash [32]byte, samples int) { sealedWith(of, hash, samples) }

package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ipfs/go-cid"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

func launchCommand() app.Command {
	return app.Command{
		Name: "launch", Summary: "build, upload and create in one go: launch -m model.pt -d Cifar10 -r 0.5",
		Long: `The terms are shown first, and you are asked (--yes: not); then the package is published, and read back, before
anything is paid. The round is a fair one: submissions are sealed until nobody can copy them any more, validators drawn by
lot commit to their scores before they reveal them, and copies earn nothing. --open makes one as the Python kits know it.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			r, t := bindRecipe(fs), bindTerms(fs)
			t.fairFlags.bindHoldout(fs, `"start"`)
			return func(ctx context.Context, c *app.Call) error { return launch(ctx, c, r, t) }
		},
	}
}

func launch(ctx context.Context, c *app.Call, r *recipe, t *terms) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	if err := t.check(cfg); err != nil {
		return err
	}
	if err := c.CanPublish(&cfg.Common); err != nil {
		return err
	}
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return err
	}
	if err := t.affords(ctx, client.Rounds); err != nil {
		return err
	}
	b, err := r.build(ctx, c, cfg)
	if err != nil {
		return err
	}
	if err := b.nearChance(); err != nil && r.expect == 0 {
		return fmt.Errorf("nothing was published or paid: %w (if it is meant so, say --expect %.2f)", err, float64(b.report.Accuracy)/100)
	}
	of, err := t.of(ctx, client, b.pkg)
	if err != nil {
		return err
	}
	key, err := t.sealHoldout(ctx, c, cfg, b, &of)
	if err != nil {
		return err
	}
	if err := t.agree(ctx, c, of, b.id); err != nil {
		return err
	}
	if c.Dry() {
		return rehearse(ctx, client, b, of, t)
	}
	if key != nil { // it is on this machine until it is revealed
		if err := client.KeepHoldoutKey(*key); err != nil {
			return err
		}
	}
	c.Note("publishing the package and locking %s SOL…", t.reward.String())
	stop := c.Working()
	launched, err := client.Launch(ctx, decloud.LaunchOptions{Package: b.pkg, Reward: uint64(t.reward),
		MinRating: rating.Stars(t.minRating), Terms: &of})
	stop()
	if err != nil {
		if launched.CID.Defined() {
			c.Note("the package is %s; once it is published, this goes on from here: %s",
				launched.CID, c.Commandf("create -c %s -d %s -r %s", launched.CID, b.id, t.reward.String()))
		}
		return err
	}
	c.NotePublished(launched.Published)
	return showCreated(c, launched, b.id, t)
}

// rehearse tries to create the round of a package that is neither published nor kept.
func rehearse(ctx context.Context, client *decloud.Client, b built, of decloud.Terms, t *terms) error {
	files, err := b.pkg.FS()
	if err != nil {
		return err
	}
	root, err := client.Store.CID(ctx, files)
	if err != nil {
		return err
	}
	_, err = createRound(ctx, client, root, of, round.Spec{Dataset: round.Dataset(b.id), Reward: uint64(t.reward), MinRating: rating.Stars(t.minRating)})
	return err
}

// showCreated shows a round that was created. Nothing is published where the package was
// there already.
func showCreated(c *app.Call, l decloud.Launched, set dataset.ID, t *terms) error {
	id, o := l.RoundID, l.Terms.Options
	view := map[string]any{"round_id": id, "cid": l.CID.String(), "dataset": set.String(), "reward_lamports": uint64(t.reward), "terms": t.view(l.Terms, set),
		"min_rating": uint16(t.minRating), "quorum": o.MinPostvalidations, "signature": l.Receipt.Signature.String()}
	if l.Published != nil {
		view["published"] = app.Publications(l.Published)
	}
	return c.Print(view, func(w io.Writer) {
		fmt.Fprintf(w, "Round #%d\n", id)
		app.Fields(w, "Package", l.CID.String(), "Dataset", set.String(), "Reward", t.reward.String()+" SOL", "Min rating", rating.Stars(t.minRating).String(),
			"Quorum", fmt.Sprint(o.MinPostvalidations), "Submissions close", o.Deadline.Add(-o.ValidationWindow).UTC().Format(time.RFC3339),
			"Deadline", o.Deadline.UTC().Format(time.RFC3339), "Transaction", l.Receipt.Signature.String())
		fmt.Fprintf(w, "next: %s ends your rounds and takes back what nobody earned; %s\n", c.Command("start"), c.Commandf("info %v", id))
	})
}

func uploadCommand() app.Command {
	return app.Command{
		Name: "upload", Summary: "publish a package: upload -p DIR -d Cifar10",
		Long: "Checks the package, publishes it everywhere the settings say, reads it back from there, and prints its CID.",
		Bind: func(fs *flag.FlagSet) app.Action {
			path := fs.String("path", "", "the package's `directory`")
			app.Alias(fs, "p", "path")
			name := fs.String("dataset", "", "`name` of its data set, to compare")
			app.Alias(fs, "d", "dataset")
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				if *path == "" {
					return app.Usagef("a package is needed: -p DIR")
				}
				return publishDir(ctx, c, cfg, *path, *name)
			}
		},
	}
}

func publishDir(ctx context.Context, c *app.Call, cfg *config, dir, name string) error {
	if err := c.CanPublish(&cfg.Common); err != nil {
		return err
	}
	pkg, err := packagefmt.Read(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if err := sameDataset(c, cfg, pkg, name); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	store, err := c.Store(&cfg.Common)
	if err != nil {
		return err
	}
	root, err := store.Add(ctx, os.DirFS(dir))
	if err != nil {
		return err
	}
	c.Note("publishing %s…", root)
	defer c.Working()()
	receipts, err := store.Push(ctx, root)
	if err != nil && len(receipts) == 0 {
		return err
	}
	if err != nil {
		c.Note("not published everywhere: %v", err)
	}
	c.NotePublished(receipts)
	view := map[string]any{"cid": root.String(), "dataset": pkg.Config.Metadata.Dataset, "published": app.Publications(receipts)}
	return c.Print(view, func(w io.Writer) {
		fmt.Fprintf(w, "%s\nnext: %s\n", root, c.Commandf("create -c %s -d %s -r SOL", root, first(app.Plain(pkg.Config.Metadata.Dataset), name)))
	})
}

// sameDataset compares the data set that a package is about with the one that
// was named.
func sameDataset(c *app.Call, cfg *config, pkg *packagefmt.Package, name string) error {
	about, ok := pkg.Dataset()
	if name == "" || !ok {
		return nil
	}
	id, err := parseDataset(c, cfg, name)
	if err == nil && id != about {
		err = fmt.Errorf("the package is about %s, not %s", about, id)
	}
	return err
}

func createCommand() app.Command {
	return app.Command{
		Name: "create", Summary: "lock a reward for a package that is published: create -c CID -d Cifar10 -r 0.5",
		Long: "Fetches and checks the package first, and compares it with your own copy of the test split if there is one (dataset_paths):\nonce the reward is locked, the CID cannot be changed.",
		Bind: func(fs *flag.FlagSet) app.Action {
			text := fs.String("cid", "", "`CID` of the package")
			app.Alias(fs, "c", "cid")
			name := fs.String("dataset", "", "`name` of the data set")
			app.Alias(fs, "d", "dataset")
			unchecked := fs.Bool("no-check", false, "do not fetch the package to check it")
			t := bindTerms(fs)
			app.Alias(fs, "m", "min-rating")
			return func(ctx context.Context, c *app.Call) error {
				return create(ctx, c, *text, *name, !*unchecked, t)
			}
		},
	}
}

func create(ctx context.Context, c *app.Call, text, name string, check bool, t *terms) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	if text == "" {
		return app.Usagef("a package is needed: -c CID")
	}
	root, err := storage.ParseCID(text)
	if err != nil {
		return app.Usagef("--cid: %v", err)
	}
	id, err := parseDataset(c, cfg, name)
	if err != nil {
		return err
	}
	if err := t.check(cfg); err != nil {
		return err
	}
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return err
	}
	defer client.Close()
	if !check && !t.open {
		return app.Usagef("--no-check goes with --open: how far scores may be apart in a fair round follows from the package's test samples")
	}
	var pkg *packagefmt.Package
	if check {
		if pkg, err = checkPackage(ctx, c, cfg, client.Store, root, name); err != nil {
			return fmt.Errorf("%w (nothing was paid; --no-check --open creates the round all the same)", err)
		}
	}
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return err
	}
	if err := t.affords(ctx, client.Rounds); err != nil {
		return err
	}
	of, err := t.of(ctx, client, pkg)
	if err != nil {
		return err
	}
	if err := t.agree(ctx, c, of, id); err != nil {
		return err
	}
	l, err := createRound(ctx, client, root, of, round.Spec{Dataset: round.Dataset(id), Reward: uint64(t.reward), MinRating: rating.Stars(t.minRating)})
	if err != nil {
		return err
	}
	return showCreated(c, l, id, t)
}

// createRound creates a round about a package that is published.
func createRound(ctx context.Context, client *decloud.Client, root cid.Cid, of decloud.Terms, s round.Spec) (l decloud.Launched, err error) {
	now, err := client.Chain.Now(ctx)
	if err != nil {
		return l, err
	}
	l.CID, l.Terms, s.ModelCID = root, of.Moved(now), root.String()
	l.RoundID, l.Receipt, err = client.Rounds.CreateRound(ctx, l.Terms.Spec(s))
	return l, err
}

func checkPackage(ctx context.Context, c *app.Call, cfg *config, store *storage.Store, root cid.Cid, name string) (*packagefmt.Package, error) {
	defer c.Working()()
	c.Note("fetching %s to check it…", root)
	here, err := store.Has(ctx, root)
	if err != nil {
		return nil, err
	}
	if here { // which says nothing about what others can fetch
		from, err := store.ReadBack(ctx, root)
		if err != nil {
			return nil, fmt.Errorf("the package is here, but nobody else could fetch it: %w", err)
		}
		c.Note("read back from %s", from)
	}
	files, err := store.Fetch(ctx, root)
	if err != nil {
		return nil, err
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	if err := sameDataset(c, cfg, pkg, name); err != nil {
		return nil, err
	}
	return pkg, checkOwnData(ctx, c, cfg, pkg, name)
}

// checkOwnData compares a package's embeddings with those of the creator's own
// copy of the test split, as validators will. Without a copy or an encoder there
// is nothing to compare.
func checkOwnData(ctx context.Context, c *app.Call, cfg *config, pkg *packagefmt.Package, name string) error {
	id, err := parseDataset(c, cfg, name)
	if err != nil {
		return err
	}
	if !cfg.OwnData(id) || pkg.Encoder == nil {
		return nil
	}
	test, err := c.OpenDataset(ctx, &cfg.Common, id, dataset.Test)
	if err != nil {
		return err
	}
	c.Note("comparing the package with your copy of %s…", id)
	if err := pkg.CheckEmbeddings(ctx, test); err != nil {
		return fmt.Errorf("your copy of %s: %w", id, err)
	}
	return nil
}

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// role are the flags that miner and validator share.
type role struct {
	net   networkFlag
	which reference
	trace bool
}

func (r *role) bind(fs *flag.FlagSet) {
	r.net.bind(fs)
	r.which.bind(fs)
	fs.BoolVar(&r.trace, "logging.trace", false, "log all that the worker does, to standard error")
}

// logger is the worker's; nil: none.
func (r *role) logger(c *app.Call) *slog.Logger {
	if !r.trace {
		return nil
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// open reads the settings and makes the client.
func (r *role) open(ctx context.Context, c *app.Call, change func(*config)) (*config, *decloud.Client, error) {
	cfg, err := load(c)
	if err != nil {
		return nil, nil, err
	}
	if err := r.net.apply(cfg); err != nil {
		return nil, nil, err
	}
	if change != nil {
		change(cfg)
	}
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return nil, nil, err
	}
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return cfg, client, nil
}

// find finds the contest, and fetches its package.
func (r *role) find(ctx context.Context, c *app.Call, client *decloud.Client) (of contest, pkg *packagefmt.Package, id dataset.ID, err error) {
	if of, err = r.which.find(ctx, c, client.Rounds); err != nil {
		return of, nil, id, err
	}
	pkg, id, err = fetchPackage(ctx, c, client, of)
	return of, pkg, id, err
}

// workDir is where a worker of this wallet keeps what must outlast the process.
func workDir(c *app.Call, client *decloud.Client, what string) string {
	return filepath.Join(c.Home, "work", client.Rounds.Wallet().String(), what)
}

// mining are the flags of miner.
type mining struct {
	role
	repo, path      string
	license, origin string
	some            span
	options         *dataset.Options
	once            bool
}

func minerCommand() app.Command {
	return app.Command{
		Name: "miner", Summary: "submit your data to every epoch of a contest, and claim: miner --netuid 12 --dataset_path data/",
		Long: `The data is what --dataset_path names: a submission that is written already (a directory with data.json), or a file or
directory in any form that "dataset set" of the other apps takes, such as .jsonl, .csv, .npz, a folder for each class. It is
read anew for each epoch, checked as validators check it, and submitted once to each: sealed, by its CID, until submissions
are closed, and then published, to everybody, where the settings say, and with --hf_repo_id on Hugging Face's hub too.
--hf_repo_id alone submits what is on the hub: the newest commit of a data set that holds a submission (data.json and the
rows), which is left there, and which validators fetch from there.
The token is HF_TOKEN's, of the environment or of a file .env here. Who has a wallet and data needs nothing else: no GPU.
An epoch takes a bond, which comes back unless the data is no better than nothing. Ctrl-C stops it (exit status 130); started
again, it goes on.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			m := &mining{}
			m.bind(fs)
			fs.StringVar(&m.repo, "hf_repo_id", "", "`owner/name` of a data set on Hugging Face's hub: to publish to, besides, and what is published replaces its files; without --dataset_path to submit from")
			fs.Var(app.Path(&m.path), "dataset_path", "`path` of the data")
			fs.StringVar(&m.license, "license", "", "`name` of the data's licence, as SPDX has it, such as CC0-1.0")
			fs.StringVar(&m.origin, "origin", "", "`text` that says where the data is from")
			fs.Var(&m.some, "rows", "`first-last` of the data's values or pictures, such as 1-300 (default: all)")
			fs.BoolVar(&m.once, "check", false, "check the data against the contest's newest epoch, show what would be submitted, and end there")
			m.options = app.BindDataOptions(fs)
			return m.run
		},
	}
}

func (m *mining) run(ctx context.Context, c *app.Call) error {
	if m.path == "" && m.repo == "" {
		return app.Usagef("data is needed: --dataset_path PATH, or what is on Hugging Face's hub: --hf_repo_id OWNER/NAME")
	}
	if _, err := os.Stat(m.path); m.path != "" && err != nil {
		return fmt.Errorf("--dataset_path: %w", err)
	}
	cfg, client, err := m.open(ctx, c, func(cfg *config) {
		if m.path != "" && m.repo != "" {
			cfg.HFRepo = m.repo
		}
	})
	if err != nil {
		return err
	}
	defer client.Close()
	of, pkg, id, err := m.find(ctx, c, client)
	if err != nil {
		return err
	}
	from, err := m.submissions(c, cfg, client, pkg, id)
	if err != nil {
		return err
	}
	revision, err := from.Newest(ctx, nil)
	if err != nil {
		return err
	}
	if m.once {
		return m.show(c, pkg, id, revision)
	}
	if m.path != "" {
		if err := c.CanPublish(&cfg.Common); err != nil {
			return err
		}
	}
	defer c.Live(ctx, client.Rounds, nil)()
	tell := newMinerTeller(c.Teller())
	c.Banner("DECLOUD Contest Miner", "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String(), "Contest", of.String(),
		"Dataset", id.String(), "Data", m.data(), "Bond", "up to "+chain.FormatSOL(uint64(cfg.MaxBond))+" SOL an epoch")
	if err := of.tellEpoch(ctx, c, client); err != nil {
		return err
	}
	defer tell.warn(c)
	return c.Serve(ctx, func(ctx context.Context) error {
		return client.Train(ctx, trainer.Config{
			Submit: map[dataset.ID]trainer.Submissions{id: told{from, tell}}, Dir: workDir(c, client, "mining"), Poll: cfg.poll(), Memory: int64(cfg.Memory) << 20,
			MinBalance: uint64(cfg.MinBalance), MaxSpending: uint64(cfg.MaxSpending), Logger: m.logger(c), Observer: tell.observe,
			Policy: trainer.Policy{Task: round.TaskData, MinReward: 1, MaxBond: max(uint64(cfg.MaxBond), 1), Veto: of.only,
				Holdouts: []solana.PublicKey{of.creator}}, // who names a contest knows whose it is
		})
	})
}

var errOther = errors.New("it is no epoch of this contest")

// only refuses rounds that are no epochs of the contest.
func (c contest) only(r *round.Round) error {
	if c.epoch(r) == 0 {
		return errOther
	}
	return nil
}

// tellRefused tells why an epoch is left alone. Other rounds are nobody's business.
func tellRefused(t *app.Teller, out app.Event, err error) {
	if refused := (*round.RefusedError)(nil); errors.As(err, &refused) && refused.Reason != errOther.Error() {
		out.Error = err.Error()
		t.Tell(out, "left alone: %s", refused.Reason)
	}
}

// fetchPackage fetches a contest's package, which names its data set.
func fetchPackage(ctx context.Context, c *app.Call, client *decloud.Client, of contest) (*packagefmt.Package, dataset.ID, error) {
	c.Note("fetching the contest's package %s…", of.pkg)
	files, err := client.Store.Fetch(ctx, of.pkg)
	if err != nil {
		return nil, 0, err
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", of.pkg, err)
	}
	id, ok := pkg.Dataset()
	if !ok {
		return nil, 0, errors.New("the contest's package names no data set that is known here")
	}
	return pkg, id, nil
}

// data is where the miner's data is.
func (m *mining) data() string { return first(m.path, "hf:"+m.repo) }

// submissions give the newest of the miner's data.
func (m *mining) submissions(c *app.Call, cfg *config, client *decloud.Client, pkg *packagefmt.Package, id dataset.ID) (trainer.Submissions, error) {
	if m.path != "" {
		return &ownData{mining: m, wallet: client.Rounds.Wallet().String(), id: id, pkg: pkg, dir: workDir(c, client, "data")}, nil
	}
	return m.onHub(c, cfg)
}

// ownData is a miner's data, read anew each time.
type ownData struct {
	*mining
	wallet string
	id     dataset.ID
	pkg    *packagefmt.Package
	dir    string // of what is made of it

	mu sync.Mutex
}

// Newest implements trainer.Submissions: a directory that is a submission already is taken as it is, of anything else one is made.
func (o *ownData) Newest(ctx context.Context, r *round.Round) (trainer.Revision, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	dir := o.path
	if _, err := os.Stat(filepath.Join(o.path, submission.ManifestFile)); err != nil {
		if dir, err = o.build(); err != nil {
			return trainer.Revision{}, fmt.Errorf("--dataset_path %s: %w", o.path, err)
		}
	}
	return trainer.Directory(dir).Newest(ctx, r)
}

// build makes a submission of the data, in place of the one before.
func (o *ownData) build() (dir string, err error) {
	schema, err := o.pkg.Submission()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return "", err
	}
	dir = filepath.Join(o.dir, "submission")
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	about := submission.About{License: o.license, Source: o.origin, Trainer: o.wallet}
	rows, err := dataset.Open(o.id, o.path, dataset.Train, *o.options)
	if err != nil {
		return "", err
	}
	if rows, err = o.some.of(rows, schema.Kind); err != nil {
		return "", err
	}
	_, err = submission.Build(dir, rows, schema, about)
	if bad := (*submission.Invalid)(nil); errors.As(err, &bad) && bad.Reason == submission.BadCount && rows.Len() > schema.MaxRows && o.some.takes(schema.Kind) {
		err = fmt.Errorf("%w; some of them: --rows 1-%d", err, schema.MaxRows)
	}
	return dir, err
}

// show says what would be submitted.
func (m *mining) show(c *app.Call, pkg *packagefmt.Package, id dataset.ID, r trainer.Revision) error {
	schema, err := pkg.Submission()
	if err != nil {
		return err
	}
	set, err := submission.Read(r.Files, schema)
	if err != nil {
		return fmt.Errorf("%s: %w", m.data(), err)
	}
	view := map[string]any{"dataset": id.String(), "rows": set.Len(), "rows_kind": string(set.Manifest.Schema), "license": set.Manifest.License, "source": set.Manifest.Source}
	return c.Print(view, func(w io.Writer) {
		fmt.Fprintf(w, "%d rows (%s) for %s: validators would take them\n", set.Len(), set.Manifest.Schema, id)
	})
}

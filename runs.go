package decloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

// ErrNoRunProgram means that the address of the run program is not known.
var ErrNoRunProgram = errors.New("decloud: Config.RunProgram is not set: set it to the address of the run program on this network")

// RunOptions describe the run that [Client.CreateRun] creates. Spec.ID, Package and
// File are required.
type RunOptions struct {
	// Spec is the run's id, name, join authority, treasury and parent: of a run that
	// derives from a round, Package must be the round's model, and the first model is
	// the round's best gradient.
	Spec run.Spec
	// Package is the model to improve, as [packagefmt.Build] makes it.
	Package *packagefmt.Package
	// File is the configuration; its package is filled in.
	File config.File
	// NoModel leaves the first model to the proposers, where members vote.
	NoModel bool
}

// CreatedRun is a run that [Client.CreateRun] created.
type CreatedRun struct {
	Run     *run.Run
	Package cid.Cid // of the package
	File    cid.Cid // of the configuration
	Model   cid.Cid // of the first model; undefined with NoModel
	// Published says where each of them is, and from where it was read back.
	Published []storage.Receipt
}

// CreateRun publishes a package, its head as the first model and a configuration,
// and creates a run about them whose authority is the wallet. Everything is checked
// and published before anything is paid. The run starts once it is resumed
// ([run.Client.SetPaused]).
func (c *Client) CreateRun(ctx context.Context, o RunOptions) (CreatedRun, error) {
	if c.Runs == nil {
		return CreatedRun{}, ErrNoRunProgram
	}
	if o.Package == nil {
		return CreatedRun{}, errors.New("decloud: RunOptions.Package is nil: make one with packagefmt.Build")
	}
	created, err := c.publishRun(ctx, &o)
	if err == nil && !o.Spec.Parent.IsZero() {
		err = c.derive(ctx, &o, &created)
	}
	if err != nil {
		return created, err
	}
	digest, err := member.Digest(created.File)
	if err != nil {
		return created, err
	}
	r, _, err := c.Runs.CreateRun(ctx, o.Spec)
	if err != nil {
		return created, err
	}
	created.Run = r
	if _, err := c.Runs.UpdateConfig(ctx, r, o.File.Update(digest)); err != nil {
		return created, fmt.Errorf("run %s was created, but not configured: %w", r.ID, err)
	}
	if !o.NoModel {
		model, err := member.Digest(created.Model)
		if err == nil {
			_, err = c.Runs.UpdateModel(ctx, r, model)
		}
		if err != nil {
			return created, fmt.Errorf("run %s was created, but has no model: %w", r.ID, err)
		}
	}
	created.Run, err = c.Runs.Run(ctx, r.ID)
	return created, err
}

// publishRun publishes what the run is about, and completes the configuration.
func (c *Client) publishRun(ctx context.Context, o *RunOptions) (created CreatedRun, err error) {
	files, err := o.Package.FS()
	if err != nil {
		return created, err
	}
	if created.Package, err = c.publish(ctx, files, &created.Published); err != nil {
		return created, err
	}
	o.File.Model.Head.Package = created.Package.String()
	treasury := o.Spec.Treasury
	if !o.Spec.Mint.IsZero() {
		treasury = run.SPL
	}
	if err := o.File.Check(treasury); err != nil {
		return created, err
	}
	text, err := o.File.Marshal()
	if err != nil {
		return created, err
	}
	if created.File, err = c.publish(ctx, config.FS(text), &created.Published); err != nil || o.NoModel {
		return created, err
	}
	if files, err = (aggregate.Model{Head: o.Package.Head}).FS(o.Package); err != nil {
		return created, err
	}
	created.Model, err = c.publish(ctx, files, &created.Published)
	return created, err
}

func (c *Client) publish(ctx context.Context, files fs.FS, published *[]storage.Receipt) (cid.Cid, error) {
	root, err := c.Store.Add(ctx, files)
	if err != nil {
		return root, err
	}
	receipts, err := c.Store.Push(ctx, root)
	*published = append(*published, receipts...)
	if err != nil {
		return root, fmt.Errorf("%s was not published, and no run created: %w", root, err)
	}
	return root, nil
}

// derive has a run start from the best gradient of the round that it derives from.
func (c *Client) derive(ctx context.Context, o *RunOptions, created *CreatedRun) error {
	if o.NoModel {
		return errors.New("decloud: RunOptions.NoModel: a run that derives from a round starts from its best gradient")
	}
	p, err := member.ReadParent(ctx, c.Runs, c.Rounds, o.Spec.Parent)
	if err != nil {
		return err
	}
	if p.Package != created.Package {
		return fmt.Errorf("decloud: RunOptions.Package is %s, and the round that the run derives from is about %s: pass that", created.Package, p.Package)
	}
	created.Model = p.Model
	_, err = member.Digest(p.Model)
	return err
}

// Join takes part in a run until ctx is done: see [member.Worker]. Runs, Rounds
// and Store are the client's; Dir defaults to a directory of the client's for the run.
func (c *Client) Join(ctx context.Context, cfg member.Config) error {
	if c.Runs == nil {
		return ErrNoRunProgram
	}
	cfg.Runs, cfg.Store, cfg.Rounds = c.Runs, c.Store, c.Rounds
	cfg.Dir = cmp.Or(cfg.Dir, filepath.Join(c.dir, "runs", cfg.RunID))
	w, err := member.NewWorker(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

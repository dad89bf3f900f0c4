package decloud

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/update"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Config says who signs and where the chain and the packages are. Dir and
// Chain.Signer are required; the zero value of every other field is useful.
type Config struct {
	// Dir keeps what must outlast the process: the block store and finished
	// training runs. Each role needs a directory of its own.
	Dir string
	// Chain says where the chain is, and who signs. Default: a local chain.
	Chain chain.Config
	// RoundProgram is the address of the round program. Default:
	// [round.LocalProgram], on a local chain only.
	RoundProgram solana.PublicKey
	// RunProgram is the address of the run program. Default: [run.LocalProgram], on a
	// local chain only; on other networks runs need it.
	RunProgram solana.PublicKey
	// Store says where packages come from and where they are published.
	// Store.Dir defaults to Dir/blocks, Store.Files to the files of packages and runs.
	Store storage.Config
}

// Client does what a role does in a round: [Client.Launch] for creators,
// [Client.Train] for trainers, [Client.Validate] for validators, [Client.Claim]
// and [Client.ClaimAll] for all; and in a run: [Client.CreateRun] and [Client.Join]. For everything else use its parts: Chain, Rounds
// and Store.
type Client struct {
	Chain  *chain.Client  // the clock, balances, other programs; Close closes it
	Rounds *round.Client  // accounts and instructions of the round program
	Runs   *run.Client    // of the run program; nil where its address is not known
	Store  *storage.Store // packages and gradients by their CIDs
	dir    string
}

// New opens the store and prepares the chain's client. It does not dial. Close
// the client when done.
func New(cfg Config) (*Client, error) {
	if cfg.Dir == "" {
		return nil, errors.New("decloud: Config.Dir is empty: name a directory for the block store and finished training runs")
	}
	if cfg.Chain.Signer == nil {
		return nil, errors.New("decloud: Config.Chain.Signer is nil: load a keypair with chain.LoadKeypair")
	}
	if cfg.Store.Dir == "" {
		cfg.Store.Dir = filepath.Join(cfg.Dir, "blocks")
	}
	if cfg.Store.Files == nil {
		cfg.Store.Files = Files()
	}
	store, err := storage.Open(cfg.Store)
	if err != nil {
		return nil, err
	}
	onChain, err := chain.NewClient(cfg.Chain)
	if err != nil {
		return nil, err
	}
	rounds, err := round.NewClient(round.Config{Chain: onChain, Program: cfg.RoundProgram})
	if err != nil {
		return nil, errors.Join(err, onChain.Close())
	}
	c := &Client{Chain: onChain, Rounds: rounds, Store: store, dir: cfg.Dir}
	if onChain.Local() || !cfg.RunProgram.IsZero() {
		if c.Runs, err = run.NewClient(run.Config{Chain: onChain, Program: cfg.RunProgram}); err != nil {
			return nil, errors.Join(err, onChain.Close())
		}
	}
	return c, nil
}

// Files names the files of packages, and of the updates, models and configurations of
// runs: what a store of this SDK has to fetch ([storage.Config] has it as Files).
func Files() []string {
	return append(packagefmt.Files(), update.ValuesFile, aggregate.StateFile, config.FileName, dataset.IDXImages, dataset.IDXLabels)
}

// Close closes the connections to the chain. Stop the workers first.
func (c *Client) Close() error { return c.Chain.Close() }

// LaunchOptions describe the round that [Client.Launch] creates. Package and
// Reward are required.
type LaunchOptions struct {
	// Package is the model to improve, as [packagefmt.Build] makes it. It says
	// which data set the round is about.
	Package *packagefmt.Package
	// Reward in lamports, at least the protocol's minimum. Launch locks it.
	Reward uint64
	// MinRating excludes trainers with fewer stars, in hundredths: 100 to 500.
	// Default: excludes nobody.
	MinRating rating.Stars
	// Quorum is how many validations the base and each gradient need, 1 to 24, of
	// fair rounds 3 at least. Default: [CommitteeQuorum] with a committee, else
	// [DefaultQuorum]. Below three, a single validator can decide.
	Quorum uint8
	// Pace is a fair round's. Default: [DayPace].
	Pace Pace
	// Open creates a plain round, as the kits know it, with the protocol's terms.
	// It is for people who trust each other: whoever sees a submission can copy it,
	// and whoever has many wallets can decide who wins. Default: a fair round
	// ([Client.FairTerms]).
	Open bool
	// Terms, if set, are the round's, and Quorum, Pace and Open do not count.
	Terms *Terms
}

// Launched is a round that [Client.Launch] created.
type Launched struct {
	RoundID uint64        // of the round
	CID     cid.Cid       // of the package
	Receipt round.Receipt // of the transaction; empty if it seemed lost: see [round.Client.CreateRound]
	// Published says where the package is, and from where it was read back.
	Published []storage.Receipt
	// Terms are the round's.
	Terms Terms
}

var errNoPackage = errors.New("decloud: LaunchOptions.Package is nil: make one with packagefmt.Build")

// Launch publishes a package and locks the reward of a round about it, a fair one
// unless the options say otherwise. The CID is known and the package published
// before anything is paid.
func (c *Client) Launch(ctx context.Context, o LaunchOptions) (Launched, error) {
	if o.Package == nil {
		return Launched{}, errNoPackage
	}
	data, ok := o.Package.Dataset()
	if !ok {
		return Launched{}, fmt.Errorf("decloud: the package names no data set that is known here (%q): set packagefmt.BuildOptions.Dataset",
			o.Package.Config.Metadata.Dataset)
	}
	terms, err := c.terms(ctx, o)
	if err != nil {
		return Launched{}, err
	}
	files, err := o.Package.FS()
	if err != nil {
		return Launched{}, err
	}
	root, err := c.Store.Add(ctx, files)
	if err != nil {
		return Launched{}, err
	}
	launched := Launched{CID: root}
	spec := round.Spec{ModelCID: root.String(), Dataset: round.Dataset(data), Reward: o.Reward, MinRating: o.MinRating}
	if err := c.tryCreate(ctx, terms, spec); err != nil {
		return Launched{}, fmt.Errorf("nothing was published or paid: %w", err)
	}
	if launched.Published, err = c.Store.Push(ctx, root); err != nil {
		return launched, fmt.Errorf("package %s was not published, and no round created: %w", root, err)
	}
	now, err := c.Chain.Now(ctx)
	if err != nil {
		return launched, err
	}
	launched.Terms = terms.Moved(now)
	launched.RoundID, launched.Receipt, err = c.Rounds.CreateRound(ctx, launched.Terms.Spec(spec))
	return launched, err
}

// tryCreate has the node try to create a round: what the program refuses need not be published first.
func (c *Client) tryCreate(ctx context.Context, terms Terms, s round.Spec) error {
	counter, err := c.Rounds.Counter(ctx)
	if err != nil {
		return err
	}
	now, err := c.Chain.Now(ctx)
	if err != nil {
		return err
	}
	_, err = c.Rounds.Simulate(ctx, terms.Moved(now).Spec(s).Instructions(counter.Count, c.Rounds.Wallet())...)
	if errors.Is(err, round.ErrInvalidRoundID) || errors.Is(err, chain.ErrAccountInUse) { // somebody else was faster
		return nil
	}
	return err
}

func (c *Client) terms(ctx context.Context, o LaunchOptions) (Terms, error) {
	switch {
	case o.Terms != nil:
		return *o.Terms, o.Terms.Check()
	case o.Open:
		return c.openTerms(ctx, o)
	}
	return c.FairTerms(ctx, o)
}

// Train runs a trainer's worker until ctx is done. If Rounds, Store or Dir of cfg
// are not set, those of the client are used.
func (c *Client) Train(ctx context.Context, cfg trainer.Config) error {
	if cfg.Rounds == nil {
		cfg.Rounds = c.Rounds
	}
	if cfg.Store == nil {
		cfg.Store = c.Store
	}
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(c.dir, "training")
	}
	w, err := trainer.NewWorker(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// Validate runs a validator's worker until ctx is done. If Rounds, Store or Dir of
// cfg are not set, those of the client are used.
func (c *Client) Validate(ctx context.Context, cfg validator.Config) error {
	if cfg.Rounds == nil {
		cfg.Rounds = c.Rounds
	}
	if cfg.Store == nil {
		cfg.Store = c.Store
	}
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(c.dir, "validating")
	}
	w, err := validator.NewWorker(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

package decloud

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Config says who one is and where the chain and the packages are. Round.Signer
// and Dir are needed; the zero value of every other field is useful.
type Config struct {
	// Dir keeps what must outlast the process: the block store and finished
	// training runs. One role a directory.
	Dir string
	// Round says where the chain is, which program is meant, and who signs.
	Round round.Config
	// Store says where packages come from and where they are published.
	// Store.Dir defaults to Dir/blocks, Store.Files to a package's files.
	Store storage.Config
}

// Client does what a role does in a round: [Client.Launch] for creators,
// [Client.Train] for trainers, [Client.Validate] for validators, [Client.Claim]
// and [Client.ClaimAll] for all. Round and Store are what it is made of, for everything else.
type Client struct {
	Round *round.Client
	Store *storage.Store
	dir   string
}

// New opens the store and prepares the chain's client. It does not dial.
func New(cfg Config) (*Client, error) {
	if cfg.Dir == "" {
		return nil, errors.New("decloud: Config.Dir is empty: name a directory for the block store and finished training runs")
	}
	if cfg.Round.Signer == nil {
		return nil, errors.New("decloud: Config.Round.Signer is nil: load a keypair with round.LoadKeypair")
	}
	if cfg.Store.Dir == "" {
		cfg.Store.Dir = filepath.Join(cfg.Dir, "blocks")
	}
	if cfg.Store.Files == nil {
		cfg.Store.Files = packagefmt.Files()
	}
	store, err := storage.Open(cfg.Store)
	if err != nil {
		return nil, err
	}
	client, err := round.NewClient(cfg.Round)
	if err != nil {
		return nil, err
	}
	return &Client{Round: client, Store: store, dir: cfg.Dir}, nil
}

// Close gives back connections. Workers must have been stopped.
func (c *Client) Close() error { return c.Round.Close() }

// NewRound is what a creator puts up.
type NewRound struct {
	// Package is what is to be improved, as [packagefmt.Build] makes it. It says
	// which data set the round is about.
	Package *packagefmt.Package
	// Reward in lamports, locked at once.
	Reward uint64
	// MinRating shuts out trainers with fewer stars. Default: nobody.
	MinRating rating.Stars
	// Quorum is how many validations the base and each gradient need. Default
	// 3: below, one validator decides.
	Quorum uint8
	// Options, if set, replace the protocol's terms and Quorum.
	Options *round.Options
}

// Launched is a round that was created.
type Launched struct {
	RoundID uint64
	CID     cid.Cid // of the package
	Receipt round.Receipt
}

// DefaultQuorum is the number of validations that [Client.Launch] asks for.
const DefaultQuorum = 3

// Launch publishes a package and locks the reward of a round about it. The CID
// is known and the package published before anything is paid.
func (c *Client) Launch(ctx context.Context, n NewRound) (Launched, error) {
	if n.Package == nil {
		return Launched{}, errors.New("decloud: NewRound.Package is nil: make one with packagefmt.Build")
	}
	data, ok := n.Package.Dataset()
	if !ok {
		return Launched{}, fmt.Errorf("decloud: the package names no data set that is known (%q): set packagefmt.BuildOptions.Dataset",
			n.Package.Config.Metadata.Dataset)
	}
	files, err := n.Package.FS()
	if err != nil {
		return Launched{}, err
	}
	root, err := c.Store.Add(ctx, files)
	if err != nil {
		return Launched{}, err
	}
	if _, err := c.Store.Push(ctx, root); err != nil {
		return Launched{CID: root}, fmt.Errorf("package %s was not published, and no round created: %w", root, err)
	}
	options, err := c.options(ctx, n)
	if err != nil {
		return Launched{CID: root}, err
	}
	id, receipt, err := c.Round.CreateRound(ctx, round.NewRound{
		ModelCID: root.String(), Dataset: round.Dataset(data), Reward: n.Reward, MinRating: n.MinRating, Options: options,
	})
	return Launched{id, root, receipt}, err
}

// options are the protocol's terms with the quorums that were asked for.
func (c *Client) options(ctx context.Context, n NewRound) (*round.Options, error) {
	if n.Options != nil {
		return n.Options, nil
	}
	parameters, err := c.Round.Parameters(ctx)
	if err != nil {
		return nil, err
	}
	now, err := c.Round.Now(ctx)
	if err != nil {
		return nil, err
	}
	o := parameters.Options(now)
	quorum := n.Quorum
	if quorum == 0 {
		quorum = DefaultQuorum
	}
	o.MinPrevalidations, o.MinPostvalidations = quorum, quorum
	return &o, nil
}

// Train runs a trainer's worker until ctx is done. Round, Store and Dir of cfg
// are filled in where they are not set.
func (c *Client) Train(ctx context.Context, cfg trainer.Config) error {
	if cfg.Round == nil {
		cfg.Round = c.Round
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

// Validate runs a validator's worker until ctx is done. Round and Store of cfg
// are filled in where they are not set.
func (c *Client) Validate(ctx context.Context, cfg validator.Config) error {
	if cfg.Round == nil {
		cfg.Round = c.Round
	}
	if cfg.Store == nil {
		cfg.Store = c.Store
	}
	w, err := validator.NewWorker(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

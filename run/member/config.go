package member

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Config configures a [Worker]. Runs, Store, RunID, Dir and Data (or Train and
// Evaluate) are required; the zero value of every other field is useful.
type Config struct {
	// Runs reaches the chain and signs as the member.
	Runs *run.Client
	// Store fetches packages, models and updates, and publishes its own. It keeps a
	// round's updates in memory, as far as its MemoryBytes allow.
	Store *storage.Store
	// RunID is the run to take part in.
	RunID string
	// Dir keeps what was trained and what was committed to. Each member needs one of
	// its own.
	Dir string
	// Rounds reads the round that a run derives from, whose best gradient must be the
	// run's first model. Runs without a parent do not need it.
	Rounds *round.Client
	// Data are the member's samples. None of them leaves the machine. A run whose
	// members share a data set does not need them.
	Data dataset.Dataset
	// MaxData bounds, in bytes, a shared data set, and the samples in memory once they
	// went through the package's encoder. Default 4 GiB.
	MaxData int64
	// Stake is what to have at stake on joining, in base units; a run whose min_stake
	// is more is refused. Where members vote, put in more than min_stake. Default 0.
	Stake uint64
	// MaxStake is the most to put in over the whole run, in base units. Who was slashed
	// below min_stake leaves, so that nobody waits for it, and joins again with Stake
	// at stake as far as MaxStake allows. Default: Stake, so it does not come back.
	MaxStake uint64
	// Veto, if set, is asked before each join, after everything that the worker
	// checks itself: an error keeps the member out of the run, and is asked for again
	// after a growing pause.
	Veto func(r *run.Run, file config.File) error
	// Training adds to what the run's configuration says: Threads, Privacy and
	// OnProgress are taken from here.
	Training fit.Options
	// Train replaces training: it returns the trained head. Its context ends with the
	// round's training.
	Train func(ctx context.Context, in Input) (packagefmt.Network, error)
	// Evaluate replaces measuring a head on the member's test part, where members
	// vote: an accuracy in hundredths of a percent. An error that wraps
	// validator.ErrInvalidHead votes against the head; any other keeps the member from
	// voting, for which it is slashed.
	Evaluate func(ctx context.Context, pkg *packagefmt.Package, head packagefmt.Network) (uint32, error)
	// NoTick, NoSlash and NoClaim leave these to others.
	NoTick, NoSlash, NoClaim bool
	// FetchTimeout bounds fetching one package. Default 5 min. Updates are waited for
	// during two thirds of the time that verifiers have.
	FetchTimeout time.Duration
	// Poll is the pause between two looks at the chain. Default 2 s.
	Poll time.Duration
	// Observer is told what happens, from several goroutines at once. It must not
	// block.
	Observer func(Event)
	// Logger, if set, is told the same: events are messages, and what they hold
	// their attributes. Progress has the level Debug, failures and updates that are
	// left out Warn.
	Logger *slog.Logger
}

// Input is what a member trains from.
type Input struct {
	Package *packagefmt.Package
	Head    packagefmt.Network // of the model now
	File    config.File        // the run's configuration
	Run     *run.Run           // as it is in this round
	Options fit.Options        // what the configuration and Config.Training say
}

func (c Config) withDefaults() Config {
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 5*time.Minute)
	c.Poll = cmp.Or(c.Poll, 2*time.Second)
	c.MaxStake = cmp.Or(c.MaxStake, c.Stake)
	c.MaxData = cmp.Or(c.MaxData, 4<<30)
	if c.Observer == nil {
		c.Observer = func(Event) {}
	}
	return c
}

func (c Config) check() error {
	var wrong worker.ConfigErrors
	wrong.Require(c.Runs != nil, "Runs is nil: pass a run.Client with the member's signer")
	wrong.Require(c.Store != nil, "Store is nil: open one with storage.Open")
	wrong.Require(c.RunID != "", "RunID is empty: name a run")
	wrong.Require(c.Dir != "", "Dir is empty: name a directory for what was trained")
	wrong.Require(c.MaxStake == 0 || c.MaxStake >= c.Stake, "MaxStake is less than Stake: it is what may be put in over the whole run")
	wrong.Require(c.MaxData >= 0, "MaxData must not be negative")
	wrong.Require(c.Poll >= 0 && c.FetchTimeout >= 0, "Poll and FetchTimeout must not be negative")
	return errors.Join(wrong.Err("run/member"), c.Training.Check())
}

package trainer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Config configures a [Worker]. Rounds, Store, Dir, and Data or Submit are required;
// the zero value of every other field is useful.
type Config struct {
	// Rounds reaches the chain and signs as the trainer.
	Rounds *round.Client
	// Store fetches model packages and publishes trained heads.
	Store *storage.Store
	// Data are the trainer's private data by data set, which heads are trained on. Rounds
	// about any other data set are left alone. None of it leaves the machine.
	Data map[dataset.ID]dataset.Dataset
	// Public are the data sets' public test splits. In a round with a sealed test nobody is
	// scored on them, and heads are trained on them beside Data: others do. Default: Data
	// alone.
	Public map[dataset.ID]dataset.Dataset
	// Submit is what the trainer submits to data rounds ([round.TaskData]), by data set. The
	// newest revision is copied to Dir once for each round, and that is what is published:
	// all that it holds, to everybody. Rounds of heads are left to Data; a worker with one
	// of the two needs no other.
	Submit map[dataset.ID]Submissions
	// Dir keeps finished training runs, so that none is lost or repeated when
	// the worker is stopped, and what was spent. Each worker needs one of its own.
	Dir string
	// Policy says which rounds to take part in.
	Policy Policy
	// Training says how to train. Its OnProgress is called in addition to the
	// Observer, its OnCheckpoint before a checkpoint is written to Dir; its Resume
	// and CheckpointEvery are the worker's.
	Training fit.Options
	// Fit, if set, trains in place of [Task.Fit]. The head must have the layers of
	// the package's; the chain, the package and the submission stay the worker's.
	// It should end soon after ctx does. Package [github.com/decloud-sdk/decloud-go/trainer/fit/external] makes one of a
	// program of your own; [fit.Adopt] checks and measures what others trained. A panic in it fails the step, not the
	// worker.
	Fit func(ctx context.Context, t Task) (packagefmt.Network, fit.Result, error)
	// Runner runs the encoders of packages, where they are ONNX files, in place of packagefmt's own engine: on
	// a GPU, say ([packagefmt.Embedder] says when, and module onnxruntime has one). Embeddings then differ in
	// their last digits, which is harmless to train on, and so does the head: from what the engine gives, and
	// from one version, machine or GPU to the next.
	// Its memory is not counted in Memory: some three times the encoder's file. Default: the own engine.
	Runner packagefmt.Runner
	// OnEmbed, if set, is called after every batch of samples that the package's encoder has
	// embedded, with the round and the number of samples so far and in total. It must not block,
	// and may be called from several goroutines. Default: nobody is told.
	OnEmbed func(roundID uint64, done, total int)
	// Checkpoint is the least time between two checkpoints of a training run: as
	// much, and one batch, is lost where the process is killed. Default
	// 1 min.
	Checkpoint time.Duration
	// TrainTimeout bounds the time for embedding the data and training, of one
	// round. Default 0: until its submissions close, which ends it in any case. A
	// round that must take longer, by its layers and Training, is refused.
	TrainTimeout time.Duration
	// Memory is how many bytes the packages, embeddings and heads of the rounds
	// that are trained may hold at a time, about. A round that needs more is
	// refused. Go's collector keeps up to as much again; set GOMEMLIMIT to bound
	// the process. Default 4 GiB.
	Memory int64
	// MinBalance is what stays in the wallet, and MaxSpending the most that the
	// worker's transactions take out of it in any 24 hours, both in lamports. All of
	// them count, with their fees, priority fees, and rent whether it comes back or
	// not, also those before a restart: Dir keeps a file of what was spent. At a
	// bound the worker neither trains nor submits, nor finalizes, slashes or settles.
	// Only what it owes itself, since the wallet would lose more without it, is still
	// sent, and counted: claiming, and taking rent back. Default 0: no bounds.
	MinBalance, MaxSpending uint64
	// Parallel is the number of rounds trained at a time. Default 1.
	Parallel int
	// Fetches is the number of packages fetched at a time. Default 4.
	Fetches int
	// FetchTimeout bounds the time for fetching one package. A first try gets a
	// thirtieth of it and each further one twice as long, after those that did
	// not fail yet. What has arrived is kept for the next try. Default 30 min.
	FetchTimeout time.Duration
	// Poll is the pause between two queries of the chain. A change that the
	// websocket announces is handled within a quarter of it. Default 5 s.
	Poll time.Duration
	// NoTrain leaves training to calls of [Worker.Train], NoClaim leaves
	// claiming to calls of [Worker.Claim], closes no accounts and leaves what
	// anybody may do in a round (finalizing, slashing, settling) to others.
	NoTrain, NoClaim bool
	// TestEmbeddings allows packages without an encoder. Heads are trained there
	// on the package's own test embeddings, with the labels of Data in the order
	// of the test split: their score says little about unseen data.
	TestEmbeddings bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
	// Logger, if set, is told the same: events are messages, and what they hold
	// their attributes. Progress has the level Debug, failures Warn.
	Logger *slog.Logger
	// Locks is a directory of this machine in which [Worker.Run] keeps out other
	// workers with the same wallet. Default: one in the user's cache directory, if
	// the user has one.
	Locks string
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 1)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 30*time.Minute)
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	c.Fetches = cmp.Or(c.Fetches, 4)
	c.Checkpoint = cmp.Or(c.Checkpoint, time.Minute)
	c.Memory = cmp.Or(c.Memory, 4<<30)
	if c.Observer == nil {
		c.Observer = func(Event) {}
	}
	return c
}

func (c Config) check() error {
	var wrong worker.ConfigErrors
	wrong.Require(c.Rounds != nil, "Rounds is nil: pass a round.Client with the trainer's signer")
	wrong.Require(c.Store != nil, "Store is nil: open one with storage.Open")
	wrong.Require(len(c.Data)+len(c.Submit) > 0, "Data is empty: pass the private data by data set (for data rounds: Submit)")
	for id, from := range c.Submit {
		wrong.Require(from != nil, fmt.Sprintf("Submit has no data for %s: name a trainer.Directory", id))
	}
	wrong.Require(c.Policy.Task != round.TaskData || len(c.Submit) > 0, "Policy.Task is data, and Submit is empty: no round would be taken")
	wrong.Require(c.Dir != "", "Dir is empty: name a directory for finished training runs")
	wrong.Require(c.Parallel >= 0 && c.Fetches >= 0 && c.Memory >= 0, "Parallel, Fetches and Memory must not be negative")
	wrong.Require(c.Poll >= 0 && c.FetchTimeout >= 0 && c.TrainTimeout >= 0 && c.Checkpoint >= 0,
		"Poll, FetchTimeout, TrainTimeout and Checkpoint must not be negative")
	wrong.Require(c.Policy.MaxReward == 0 || c.Policy.MaxReward >= c.Policy.withDefaults().MinReward,
		"Policy.MaxReward is below Policy.MinReward: no round would be taken")
	if err := wrong.Err("trainer"); err != nil {
		return err
	}
	if err := c.Training.Check(); err != nil {
		return fmt.Errorf("trainer: config: %w", err)
	}
	return nil
}

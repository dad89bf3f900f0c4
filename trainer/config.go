package trainer

import (
	"cmp"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Config configures a [Worker]. Rounds, Store, Data and Dir are required; the
// zero value of every other field is useful.
type Config struct {
	// Rounds reaches the chain and signs as the trainer.
	Rounds *round.Client
	// Store fetches model packages and publishes trained heads.
	Store *storage.Store
	// Data are the trainer's private data by data set. Rounds about any other
	// data set are left alone. None of it leaves the machine.
	Data map[dataset.ID]dataset.Dataset
	// Dir keeps finished training runs, so that none is lost or repeated when
	// the worker is stopped. Each worker needs one of its own.
	Dir string
	// Policy says which rounds to take part in.
	Policy Policy
	// Training says how to train. Its OnProgress is called in addition to the
	// Observer.
	Training fit.Options
	// Parallel is the number of rounds trained at a time. Default 1.
	Parallel int
	// FetchTimeout bounds the time for fetching one package, so that a slow
	// source does not hold up other rounds. What has arrived is kept for the
	// next try. Default 30 min.
	FetchTimeout time.Duration
	// Poll is the pause between two queries of the chain. A change that the
	// websocket announces is handled within a quarter of it. Default 5 s.
	Poll time.Duration
	// NoTrain leaves training to calls of [Worker.Train], NoClaim leaves
	// claiming to calls of [Worker.Claim] and closes no accounts.
	NoTrain, NoClaim bool
	// TestEmbeddings allows packages without an encoder. Heads are trained there
	// on the package's own test embeddings, with the labels of Data in the order
	// of the test split: their score says little about unseen data.
	TestEmbeddings bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 1)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 30*time.Minute)
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	if c.Observer == nil {
		c.Observer = func(Event) {}
	}
	return c
}

func (c Config) check() error {
	var wrong worker.ConfigErrors
	wrong.Require(c.Rounds != nil, "Rounds is nil: pass a round.Client with the trainer's signer")
	wrong.Require(c.Store != nil, "Store is nil: open one with storage.Open")
	wrong.Require(len(c.Data) > 0, "Data is empty: pass the private data by data set")
	wrong.Require(c.Dir != "", "Dir is empty: name a directory for finished training runs")
	wrong.Require(c.Parallel >= 0 && c.Poll >= 0 && c.FetchTimeout >= 0, "Parallel, Poll and FetchTimeout must not be negative")
	if err := wrong.Err("trainer"); err != nil {
		return err
	}
	if err := c.Training.Check(); err != nil {
		return fmt.Errorf("trainer: config: %w", err)
	}
	return nil
}

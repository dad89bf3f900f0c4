package validator

import (
	"cmp"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Config configures a [Worker]. Rounds, Store and Data are required; the zero
// value of every other field is useful.
type Config struct {
	// Rounds reaches the chain and signs as the validator.
	Rounds *round.Client
	// Store fetches model packages and gradients.
	Store *storage.Store
	// Data are the validator's own copies of test splits, each in the order
	// that the data set fixes. Packages carry no labels: they come from here.
	// Rounds about any other data set are left alone.
	//
	// If a package holds its encoder, its embeddings are recomputed from Data
	// before anything is scored on them. If it does not, the creator's
	// embeddings are trusted.
	Data map[dataset.ID]dataset.Dataset
	// Policy says which rounds to score.
	Policy Policy
	// MaxSamples limits scoring to the first MaxSamples samples. All validators
	// of a round must agree on it. Default 0: all that the package holds.
	MaxSamples int
	// Parallel is the number of models scored at a time. Default 3.
	Parallel int
	// FetchTimeout bounds the time for fetching one package, so that a slow
	// source does not hold up other models. What has arrived is kept for the
	// next try. Default 30 min.
	FetchTimeout time.Duration
	// CheckTimeout bounds the time for recomputing the embeddings of a package.
	// A round whose package takes longer is left alone. Default 30 min.
	CheckTimeout time.Duration
	// Poll is the pause between two queries of the chain. A change that the
	// websocket announces is handled within a quarter of it. Default 30 s.
	Poll time.Duration
	// NoScore leaves scoring to calls of [Worker.Validate], NoClaim leaves
	// claiming to calls of [Worker.Claim] and closes no accounts. Scores that were
	// committed to are revealed in any case.
	NoScore, NoClaim bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 3)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 30*time.Minute)
	c.CheckTimeout = cmp.Or(c.CheckTimeout, 30*time.Minute)
	c.Poll = cmp.Or(c.Poll, 30*time.Second)
	if c.Observer == nil {
		c.Observer = func(Event) {}
	}
	return c
}

func (c Config) check() error {
	var wrong worker.ConfigErrors
	wrong.Require(c.Rounds != nil, "Rounds is nil: pass a round.Client with the validator's signer")
	wrong.Require(c.Store != nil, "Store is nil: open one with storage.Open")
	wrong.Require(len(c.Data) > 0, "Data is empty: pass the test splits by data set")
	wrong.Require(c.MaxSamples >= 0 && c.Parallel >= 0 && c.Poll >= 0 && c.FetchTimeout >= 0 && c.CheckTimeout >= 0,
		"MaxSamples, Parallel, Poll, FetchTimeout and CheckTimeout must not be negative")
	return wrong.Err("validator")
}

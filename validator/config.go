package validator

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
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
	// Share pushes each gradient of a sealed round that was fetched to where Store publishes
	// (storage.Config.Pushers): a trainer who shows its head to some validators only would
	// have the others score it as absent. A failure is reported, and delays nothing else.
	Share bool
	// Sources, if set, opens where a trainer says on the chain that it keeps the data that it has
	// submitted ([round.Source]), to fetch it from there too. The text is a stranger's; what it cannot open
	// is left out. Default: data is fetched from where Store fetches alone. For Hugging Face's hub:
	//
	//	func(text string) (storage.Fetcher, error) { return huggingface.Open(text, options) }
	Sources func(source string) (storage.Fetcher, error)
	// Policy says which rounds to score.
	Policy Policy
	// Runner runs the encoders of packages, where they are ONNX files, in place of packagefmt's own engine: on
	// a GPU, say ([packagefmt.Embedder] says when, and module onnxruntime has one). A package is refused only for
	// what the own engine finds; scores are computed by the own engine alone, from the package's embeddings, so that
	// all validators come to the same.
	// Its memory is not counted in Memory: some three times the encoder's file. Default: the own engine.
	Runner packagefmt.Runner
	// OnEmbed, if set, is called after every batch of samples whose embeddings were recomputed,
	// with the round and the number of samples so far and in total. It must not block, and may be
	// called from several goroutines. Default: nobody is told.
	OnEmbed func(roundID uint64, done, total int)
	// MaxSamples limits scoring to the first MaxSamples samples, but in sealed rounds,
	// where all are scored on. All validators of a round must agree on it. Default 0: all
	// that the package holds.
	MaxSamples int
	// Parallel is the number of models scored at a time. Default 3.
	Parallel int
	// Memory is how many bytes of decoded packages, gradients and batches the
	// worker holds at a time, about. A round that needs more is left alone. Go's
	// collector keeps up to as much again; set GOMEMLIMIT to bound the process.
	// Default 2 GiB.
	Memory int64
	// Fetches is the number of packages fetched at a time. Default 16.
	Fetches int
	// FetchTimeout bounds the time for fetching one package. A first try gets a
	// thirtieth of it and each further one twice as long, after those that did
	// not fail yet. What has arrived is kept for the next try. In a sealed round with many
	// gradients a first try is shorter, so that each is looked for in time. Default 30 min.
	FetchTimeout time.Duration
	// CheckTimeout bounds the time for recomputing the embeddings of a package,
	// ScoreTimeout that for scoring one head. A round whose package takes longer,
	// or must take longer by its layers, is left alone. Default 30 and 10 min.
	CheckTimeout, ScoreTimeout time.Duration
	// MinBalance is what stays in the wallet, and MaxSpending the most that the
	// worker's transactions take out of it in any 24 hours, both in lamports. All of
	// them count, with their fees, priority fees, and rent whether it comes back or
	// not, also those before a restart. At a bound the worker scores nothing, and
	// neither finalizes, slashes nor settles. Only what it owes itself, since the
	// wallet would lose more without it, is still sent, and counted: revealing scores
	// that were committed to, claiming, and taking rent back. Default 0: no bounds.
	MinBalance, MaxSpending uint64
	// Dir is where it is kept what was spent, in a file for each wallet, and in Dir/scores
	// what data has been scored at, so that data that comes again is not trained on again.
	// MaxSpending needs it; it may be shared by workers.
	Dir string
	// Poll is the pause between two queries of the chain. A change that the
	// websocket announces is handled within a quarter of it. Default 30 s.
	Poll time.Duration
	// NoScore leaves scoring to calls of [Worker.Validate], NoClaim leaves
	// claiming to calls of [Worker.Claim], closes no accounts and leaves what
	// anybody may do in a round (finalizing, slashing, settling) to others. Scores
	// that were committed to are revealed in any case.
	NoScore, NoClaim bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
	// Logger, if set, is told the same: events are messages, and what they hold
	// their attributes. Failures have the level Warn.
	Logger *slog.Logger
	// Locks is a directory of this machine in which [Worker.Run] keeps out other
	// workers with the same wallet. Default: one in the user's cache directory, if
	// the user has one.
	Locks string
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 3)
	c.Memory = cmp.Or(c.Memory, 2<<30)
	c.Fetches = cmp.Or(c.Fetches, 16)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 30*time.Minute)
	c.ScoreTimeout = cmp.Or(c.ScoreTimeout, 10*time.Minute)
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
	wrong.Require(c.MaxSamples >= 0 && c.Parallel >= 0 && c.Memory >= 0 && c.Fetches >= 0,
		"MaxSamples, Parallel, Memory and Fetches must not be negative")
	wrong.Require(c.Poll >= 0 && c.FetchTimeout >= 0 && c.CheckTimeout >= 0 && c.ScoreTimeout >= 0,
		"Poll, FetchTimeout, CheckTimeout and ScoreTimeout must not be negative")
	wrong.Require(c.MaxSpending == 0 || c.Dir != "", "Dir is empty: name a directory where it is kept what was spent, which MaxSpending needs")
	return wrong.Err("validator")
}

package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/narrator"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// names of the members. Dan drops out, Eve sends junk, Finn copies Ada, Cleo joins
// late.
var names = []string{"ada", "ben", "cleo", "dan", "eve", "finn"}

// stage is where the run is played.
type stage struct {
	Options
	net    *localnet.Network
	root   string
	digits dataset.Sets
	story  *narrator.Narrator
	pkg    *packagefmt.Package
	shares map[string]dataset.Dataset

	mu      sync.Mutex
	totals  totals
	wallets map[string]solana.PublicKey
}

// wallet is a member's, if it has taken part.
func (s *stage) wallet(name string) (solana.PublicKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.wallets[name]
	return w, ok
}

// totals are what members reported, by name.
type totals map[string]*total

type total struct {
	Claimed, Slashes uint64 // lamports
	Rejected         int
}

func (s *stage) total(name string) *total {
	if s.totals[name] == nil {
		s.totals[name] = &total{}
	}
	return s.totals[name]
}

// client makes somebody with a wallet, a store and a directory. All that they share
// is the chain's address and a directory of CARs.
func (s *stage) client(name string) (*decloud.Client, error) {
	wallet, err := chain.NewKeypair()
	if err != nil {
		return nil, err
	}
	if err := s.net.Fund(wallet.PublicKey(), 5*chain.LamportsPerSOL); err != nil {
		return nil, err
	}
	cars := storage.NewCARDir(filepath.Join(s.root, "cars"))
	return decloud.New(decloud.Config{
		Dir:        filepath.Join(s.root, name),
		Chain:      chain.Config{Network: chain.Network{Name: "demo", RPC: s.net.URL(), WS: s.net.WSURL()}, Signer: wallet},
		RunProgram: s.net.RunProgramID(),
		Store:      storage.Config{Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true}, // the chain forgets all, too
	})
}

// start has a member take part until ctx ends.
func (s *stage) start(ctx context.Context, wg *sync.WaitGroup, name string) error {
	client, err := s.client(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.wallets[name] = client.Chain.Wallet()
	s.mu.Unlock()
	cfg := member.Config{
		RunID: runID, Data: s.shares[name], Stake: stake, Poll: 200 * time.Millisecond,
		Training: fit.Options{Threads: 1}, Observer: s.observer(name),
	}
	switch name {
	case "eve":
		cfg.Train = junk
	case "ada":
		cfg.Train = s.asAda(0)
	case "finn":
		cfg.Data, cfg.Train = s.shares["ada"], s.asAda(1500*time.Millisecond)
	}
	wg.Go(func() {
		defer client.Close()
		if err := client.Join(ctx, cfg); err != nil {
			s.story.Tell(name, "failed: %v", err)
		}
	})
	return nil
}

// junk is a head of large numbers; the first head of a run without a model is left
// as it is.
func junk(_ context.Context, in member.Input) (packagefmt.Network, error) {
	if in.Run.Model.IsZero() {
		return in.Head, nil
	}
	head := packagefmt.Network{Layers: in.Head.Layers, Weights: map[string]safetensors.Tensor{}}
	for name, w := range in.Head.Weights {
		data := make([]float32, len(w.Data))
		for i := range data {
			data[i] = w.Data[i] + float32(i%7) - 3
		}
		head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
	}
	return head, nil
}

// asAda trains on what Ada trains on, in her order: for Ada, and a little later for
// Finn, who has got hold of both. With an order of his own, his update would be no copy
// of hers, and would be paid.
func (s *stage) asAda(later time.Duration) func(context.Context, member.Input) (packagefmt.Network, error) {
	return func(ctx context.Context, in member.Input) (packagefmt.Network, error) {
		select {
		case <-ctx.Done():
			return packagefmt.Network{}, ctx.Err()
		case <-time.After(later):
		}
		x, y, err := in.Package.Embed(ctx, s.shares["ada"])
		if err != nil {
			return packagefmt.Network{}, err
		}
		opts := in.Options
		opts.BatchSize, opts.Epochs, opts.Seed = 32, 2, uint64(in.Run.Round)
		head, _, err := fit.Train(ctx, in.Head, x, y, opts)
		return head, err
	}
}

// observer tells what a member reports.
func (s *stage) observer(name string) func(member.Event) {
	return func(e member.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e.Kind {
		case member.EventJoined:
			s.story.Tell(name, "joins")
		case member.EventSubmitted:
			s.story.Tell(name, "round %d: submits %s", e.Step.Round, short(e.CID.String()))
		case member.EventRejected:
			s.story.Tell(name, "round %d: leaves the update of slot %d out: %v", e.Step.Round, e.Slot, e.Err)
			s.total(name).Rejected++
		case member.EventRevealed:
			s.story.Tell(name, "round %d: finds the next model %s%s", e.Step.Round, short(e.CID.String()), opinion(e))
		case member.EventClaimed:
			s.story.Tell(name, "claims %s SOL", chain.FormatSOL(e.Points))
			s.total(name).Claimed += e.Points
		case member.EventSlashed:
			s.story.Tell(name, "collects %s SOL for slashing", chain.FormatSOL(e.Points))
			s.total(name).Slashes += e.Points
		}
	}
}

func opinion(e member.Event) string {
	if e.Ballot.Accuracy == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f %% on its own test part, score %+d)", float64(e.Ballot.Accuracy)/100, e.Ballot.Score)
}

func short(cid string) string { return "…" + cid[max(0, len(cid)-6):] }

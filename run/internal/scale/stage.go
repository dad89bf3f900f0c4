package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

const (
	funding = 50 * chain.LamportsPerSOL
	earning = 1_000_000 // lamports of a finisher of an epoch
)

// stage is a chain with a run, and what is measured.
type stage struct {
	options
	net       *localnet.Network
	dir       string
	authority *decloud.Client
	r         *run.Run

	calls     atomic.Int64 // of members
	mu        sync.Mutex
	submitted map[uint32]time.Time // the last of a round
	latencies []time.Duration
}

// counting counts calls.
type counting struct{ calls *atomic.Int64 }

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

func newStage(ctx context.Context, o options, dir string) (s *stage, err error) {
	s = &stage{options: o, dir: dir, submitted: map[uint32]time.Time{}}
	if s.net, err = localnet.Start(localnet.WithSlotTime(50 * time.Millisecond)); err != nil {
		return nil, err
	}
	if s.authority, err = s.client("authority", nil); err != nil {
		return nil, err
	}
	pkg, err := localtest.Package()
	if err != nil {
		return nil, err
	}
	created, err := s.authority.CreateRun(ctx, decloud.RunOptions{Spec: run.Spec{ID: "scale", Treasury: run.SOL}, Package: pkg, File: s.file()})
	if err != nil {
		return nil, err
	}
	s.r = created.Run
	rate := uint64(earning)
	_, err = s.authority.Runs.AllowJoin(ctx, run.Anybody)
	if err == nil {
		_, err = s.authority.Runs.SetFutureEpochRates(ctx, s.r, run.SetFutureEpochRates{Earning: &rate})
	}
	if err == nil {
		_, err = s.authority.Runs.TopUp(ctx, s.r, funding, solana.PublicKey{})
	}
	if err == nil {
		_, err = s.authority.Runs.SetPaused(ctx, s.r, false)
	}
	return s, err
}

// file waits for everybody: phases end when all have acted.
func (s *stage) file() config.File {
	f := config.Default()
	c := &f.Config
	c.WarmupTime, c.CooldownTime, c.RoundsPerEpoch = 600, 1, uint32(s.rounds)
	c.MaxRoundTrainTime, c.RoundWitnessTime = 600, 600
	c.MinClients, c.InitMinClients, c.TotalSteps = uint16(s.members), uint16(s.members), uint32(s.rounds*s.epochs)
	c.WitnessNodes, c.MaxMissed = uint8(s.verifiers), 100
	c.GlobalBatchSizeStart, c.GlobalBatchSizeEnd = 100, 100
	f.Model.Head.LRSchedule.Constant = &config.Constant{BaseLR: 0.1}
	f.Model.Head.Optimizer.Sgd = &config.Sgd{}
	return f
}

// client is somebody with a wallet, a store and a directory.
func (s *stage) client(name string, transport http.RoundTripper) (*decloud.Client, error) {
	key, err := chain.NewKeypair()
	if err != nil {
		return nil, err
	}
	if err := s.net.Fund(key.PublicKey(), 2*funding); err != nil {
		return nil, err
	}
	network := chain.Network{Name: "scale", RPC: s.net.URL()}
	if s.ws {
		network.WS = s.net.WSURL()
	}
	cars := storage.NewCARDir(filepath.Join(s.dir, "cars"))
	return decloud.New(decloud.Config{
		Dir:        filepath.Join(s.dir, name),
		Chain:      chain.Config{Network: network, Signer: key, Transport: transport},
		RunProgram: s.net.RunProgramID(),
		Store:      storage.Config{Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true},
	})
}

// play runs the members until the run is finished and paid.
func (s *stage) play(ctx context.Context) (*run.View, error) {
	ctx, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop(nil)
	for i := range s.members {
		c, err := s.client(fmt.Sprint("member", i), counting{&s.calls})
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			defer c.Close()
			err := c.Join(ctx, member.Config{RunID: "scale", Train: pretend(i), Evaluate: fixed, Poll: s.poll, Observer: s.observe})
			if err != nil && ctx.Err() == nil {
				stop(fmt.Errorf("member %d: %w", i, err))
			}
		})
	}
	return s.follow(ctx)
}

// observe notes when the last update of a round was submitted.
func (s *stage) observe(e member.Event) {
	if e.Kind != member.EventSubmitted {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.submitted[e.Step.Round] = time.Now()
}

func (s *stage) follow(ctx context.Context) (*run.View, error) {
	last := uint32(0)
	for {
		v, err := s.authority.Runs.Refresh(ctx, s.r)
		if err != nil {
			return nil, errors.Join(err, context.Cause(ctx))
		}
		if v.Run.Step > last {
			last = v.Run.Step
			s.mu.Lock()
			s.latencies = append(s.latencies, time.Since(s.submitted[last]))
			s.mu.Unlock()
			log.Printf("model %d of %d", last, s.rounds*s.epochs)
		}
		if v.Run.State == run.Finished && v.Run.Owed == 0 {
			return v, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func fixed(context.Context, *packagefmt.Package, packagefmt.Network) (uint32, error) {
	return 5_000, nil
}

// pretend stands for training: a small random change, another for each member and round.
func pretend(seed int) func(context.Context, member.Input) (packagefmt.Network, error) {
	return func(_ context.Context, in member.Input) (packagefmt.Network, error) {
		random := rand.New(rand.NewPCG(uint64(seed), uint64(in.Run.Round)))
		head := packagefmt.Network{Layers: in.Head.Layers, Weights: map[string]safetensors.Tensor{}}
		for _, name := range slices.Sorted(maps.Keys(in.Head.Weights)) {
			w := in.Head.Weights[name]
			data := make([]float32, len(w.Data))
			for i, v := range w.Data {
				data[i] = v + 0.001*float32(random.NormFloat64())
			}
			head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
		}
		return head, nil
	}
}

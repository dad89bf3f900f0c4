package member_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// scene is a chain with the program's real bytes, a run about localtest's package,
// and a directory that stands for IPFS.
type scene struct {
	t   testing.TB
	net *localnet.Network
	dir string
	*run.Client
	store *storage.Store
	r     *run.Run

	mu     sync.Mutex
	events []member.Event
}

func (s *scene) client() *run.Client {
	key, err := chain.NewKeypair()
	require.NoError(s.t, err)
	require.NoError(s.t, s.net.Fund(key.PublicKey(), 100*chain.LamportsPerSOL))
	return s.clientOf(key)
}

func (s *scene) clientOf(key *chain.Keypair) *run.Client {
	onChain, err := chain.NewClient(chain.Config{RPC: s.net.RPC(), Signer: key, PollInterval: 10 * time.Millisecond})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { onChain.Close() })
	c, err := run.NewClient(run.Config{Chain: onChain, Program: run.LocalProgram})
	require.NoError(s.t, err)
	return c
}

func (s *scene) open(name string) *storage.Store {
	cars := storage.NewCARDir(filepath.Join(s.dir, "cars"))
	store, err := storage.Open(storage.Config{Dir: filepath.Join(s.dir, name), Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true})
	require.NoError(s.t, err)
	return store
}

// file is a configuration for quick rounds.
func file(change func(*config.File)) config.File {
	f := config.Default()
	f.Config.WarmupTime, f.Config.CooldownTime, f.Config.WaitingForMembersExtraTime, f.Config.RoundsPerEpoch = 20, 1, 1, 2
	f.Config.MaxRoundTrainTime, f.Config.RoundWitnessTime = 30, 15
	f.Config.MinClients, f.Config.InitMinClients, f.Config.TotalSteps = 2, 4, 4
	f.Config.GlobalBatchSizeStart, f.Config.GlobalBatchSizeEnd = 400, 400
	f.Config.MaxNorm = 10
	f.Model.Head.LRSchedule.Constant = &config.Constant{BaseLR: 0.1}
	f.Model.Head.Optimizer.Sgd = &config.Sgd{}
	if change != nil {
		change(&f)
	}
	return f
}

func newScene(t testing.TB, f config.File, spec run.Spec, options ...localnet.Option) *scene {
	s := &scene{t: t, net: localnet.New(t, options...), dir: t.TempDir()}
	s.Client, s.store = s.client(), s.open("authority")
	ctx := t.Context()
	pkg, err := localtest.Package()
	require.NoError(t, err)
	files, err := pkg.FS()
	require.NoError(t, err)
	f.Model.Head.Package = s.publish(files).String()
	text, err := f.Marshal()
	require.NoError(t, err)
	digest, err := member.Digest(s.publish(config.FS(text)))
	require.NoError(t, err)
	spec.ID = "scene"
	s.r, _, err = s.CreateRun(ctx, spec)
	require.NoError(t, err)
	_, err = s.UpdateConfig(ctx, s.r, f.Update(digest))
	require.NoError(t, err)
	if f.Config.Verification != "vote" {
		model, err := aggregate.Model{Head: pkg.Head}.FS(pkg)
		require.NoError(t, err)
		digest, err := member.Digest(s.publish(model))
		require.NoError(t, err)
		_, err = s.UpdateModel(ctx, s.r, digest)
		require.NoError(t, err)
	}
	if spec.Treasury == run.SOL {
		_, err = s.TopUp(ctx, s.r, 10*chain.LamportsPerSOL, solana.PublicKey{})
		require.NoError(t, err)
		earning := uint64(1_000_000)
		_, err = s.SetFutureEpochRates(ctx, s.r, run.SetFutureEpochRates{Earning: &earning})
		require.NoError(t, err)
	}
	_, err = s.AllowJoin(ctx, run.Anybody)
	require.NoError(t, err)
	_, err = s.SetPaused(ctx, s.r, false)
	require.NoError(t, err)
	return s
}

// publish puts files where everybody fetches.
func (s *scene) publish(files fs.FS) cid.Cid {
	root, err := s.store.Add(s.t.Context(), files)
	require.NoError(s.t, err)
	_, err = s.store.Push(s.t.Context(), root)
	require.NoError(s.t, err)
	return root
}

// share is one of n disjoint shares of the built-in digits.
func share(t testing.TB, i, n int) dataset.Dataset {
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	order := rand.New(rand.NewPCG(1, 1)).Perm(sets.Train.Len())
	ds, err := dataset.Subset(sets.Train, order[i*len(order)/n:(i+1)*len(order)/n])
	require.NoError(t, err)
	return ds
}

// pretend stands for training: a small change that differs from member to member.
func pretend(seed int) func(context.Context, member.Input) (packagefmt.Network, error) {
	return func(_ context.Context, in member.Input) (packagefmt.Network, error) {
		head := packagefmt.Network{Layers: in.Head.Layers, Weights: map[string]safetensors.Tensor{}}
		for name, w := range in.Head.Weights {
			data := make([]float32, len(w.Data))
			for i, v := range w.Data {
				data[i] = v + 0.001*float32((i*(seed+3)+int(in.Run.Round))%7-3)
			}
			head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
		}
		return head, nil
	}
}

// config is a member's, with a wallet of its own.
func (s *scene) config(name string, change func(*member.Config)) member.Config {
	cfg := member.Config{
		Runs: s.client(), Store: s.open(name), RunID: "scene", Dir: filepath.Join(s.dir, name, "work"), Poll: 400 * time.Millisecond,
		Observer: func(e member.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		},
	}
	change(&cfg)
	return cfg
}

// start runs a member until ctx ends.
func (s *scene) start(ctx context.Context, wg *sync.WaitGroup, name string, change func(*member.Config)) *run.Client {
	cfg := s.config(name, change)
	wg.Go(func() { s.run(ctx, cfg) })
	return cfg.Runs
}

func (s *scene) run(ctx context.Context, cfg member.Config) {
	w, err := member.NewWorker(cfg)
	if err == nil {
		err = w.Run(ctx)
	}
	if err != nil {
		s.t.Errorf("%s: %v", cfg.Dir, err)
	}
}

// await waits until the run is as wanted.
func (s *scene) await(what string, done func(*run.View) bool) *run.View {
	for range 1_000 {
		v, err := s.Refresh(s.t.Context(), s.r)
		require.NoError(s.t, err)
		if done(v) {
			return v
		}
		time.Sleep(300 * time.Millisecond)
	}
	v, _ := s.Refresh(s.t.Context(), s.r)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Err != nil {
			s.t.Log(e.Kind, e.Step, e.Err)
		}
	}
	require.FailNow(s.t, fmt.Sprintf("never %s: %s %d, epoch %d, round %d, step %d, failed %d", what, v.Run.State, v.Run.Phase, v.Run.Epoch, v.Run.Round, v.Run.Step, v.Run.FailedRounds))
	return nil
}

func (s *scene) count(kind member.EventKind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func slots() localnet.Option { return localnet.WithSlotTime(10 * time.Millisecond) }

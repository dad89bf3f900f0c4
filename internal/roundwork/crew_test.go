package roundwork_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

const (
	sol = chain.LamportsPerSOL
	// lag is how long after it was checked a transaction lands: as on a cluster, two that exclude one another can both
	// pass the check.
	lag = 800 * time.Millisecond
	// poll is how often the workers look.
	poll = 30 * time.Second
)

// crew are whole workers on one chain, within a bubble whose time passes by itself.
type crew struct {
	*roundtest.World
	t     *testing.T
	route chaintest.Route
	id    uint64

	mu     sync.Mutex
	events []happened
}

// happened is what a worker told.
type happened struct {
	who, kind string
	signature string
	at        time.Time // by the chain's clock
	err       error
}

// String implements fmt.Stringer.
func (h happened) String() string {
	return fmt.Sprintf("%s: %s: %s %v", h.at.UTC().Format(time.TimeOnly), h.who, h.kind, h.err)
}

// warm makes what all bubbles share outside of them.
func warm(t *testing.T) {
	roundtest.Package()
	roundtest.Digits(t)
	packagefmt.Speed()
}

func data(digits dataset.Dataset) map[dataset.ID]dataset.Dataset {
	return map[dataset.ID]dataset.Dataset{dataset.Mnist: digits}
}

func newCrew(t *testing.T) *crew {
	c := &crew{World: roundtest.New(t), t: t}
	c.route = chaintest.InProcess(c.Net.RPC())
	c.route.ViaNode().Inject(late)
	return c
}

// late lets a transaction land some time after it was checked.
func late(c chaintest.Call) (*http.Response, error) {
	if c.Method != "sendTransaction" {
		return nil, nil
	}
	options, _ := c.Params[1].(map[string]any)
	var checked struct {
		Value struct{ Err any }
	}
	check := c
	check.Method, check.Params = "simulateTransaction", []any{c.Params[0], map[string]any{"encoding": "base64", "sigVerify": true}}
	if err := check.Raw(&checked); err != nil || checked.Value.Err != nil {
		return nil, nil //nolint:nilerr // the node refuses it itself
	}
	time.Sleep(lag)
	options["skipPreflight"] = true
	return c.Pass()
}

// rounds is a client of a wallet through the node that is late.
func (c *crew) rounds(wallet *chain.Keypair) *round.Client {
	r, err := round.NewClient(round.Config{Chain: c.route.Client(c.t, wallet), Program: c.Net.ProgramID()})
	require.NoError(c.t, err)
	return r
}

// staked is a player with two SOL at stake.
func (c *crew) staked(name string) roundtest.Player {
	p := c.Player(c.t, name)
	_, err := p.Rounds.AddStake(c.t.Context(), 2*sol)
	require.NoError(c.t, err)
	return p
}

func (c *crew) note(e happened) {
	e.at = c.Net.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
}

// told are the events of a kind, by anybody or by some.
func (c *crew) told(kind string, who ...string) (all []happened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.kind == kind && (len(who) == 0 || slices.Contains(who, e.who)) {
			all = append(all, e)
		}
	}
	return all
}

// start runs a worker until the test ends or stop is called.
func (c *crew) start(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); require.NoError(c.t, <-done) })
	c.t.Cleanup(stop)
	return stop
}

// validator starts a worker of a wallet on a machine of its own.
func (c *crew) validator(name string, wallet *chain.Keypair, change ...func(*validator.Config)) (stop func()) {
	test, _ := roundtest.Digits(c.t)
	home := c.t.TempDir()
	cfg := validator.Config{
		Rounds: c.rounds(wallet), Store: c.store(home), Dir: home, Locks: home, Poll: poll,
		Data: data(test),
		Observer: func(e validator.Event) {
			c.note(happened{who: name, kind: string(e.Kind), signature: e.Signature, err: e.Err})
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	w, err := validator.NewWorker(cfg)
	require.NoError(c.t, err)
	return c.start(w.Run)
}

// trainer starts a worker of a wallet on a machine of its own.
func (c *crew) trainer(name string, wallet *chain.Keypair, change ...func(*trainer.Config)) (stop func()) {
	_, train := roundtest.Digits(c.t)
	home := c.t.TempDir()
	cfg := trainer.Config{
		Rounds: c.rounds(wallet), Store: c.store(home), Dir: home, Locks: home, Poll: poll, Training: fit.Options{Epochs: 3, LearningRate: 0.01, Threads: 1},
		Data: data(train), Policy: trainer.Policy{Terms: &trainer.Terms{}}, // its rounds are open ones
		Observer: func(e trainer.Event) {
			c.note(happened{who: name, kind: string(e.Kind), signature: e.Signature, err: e.Err})
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	w, err := trainer.NewWorker(cfg)
	require.NoError(c.t, err)
	return c.start(w.Run)
}

func (c *crew) store(home string) *storage.Store {
	cars := c.Packages()
	s, err := storage.Open(storage.Config{Dir: filepath.Join(home, "blocks"), Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true})
	require.NoError(c.t, err)
	return s
}

// until lets time pass until something is so.
func (c *crew) until(what string, is func() bool) {
	c.t.Helper()
	for range 5000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Second)
	}
	c.t.Fatalf("not %s, but %v", what, c.events)
}

// happen waits for so many events of a kind.
func (c *crew) happen(n int, kind string, who ...string) {
	c.t.Helper()
	c.until(fmt.Sprint(n, " ", kind), func() bool { return len(c.told(kind, who...)) >= n })
}

// round is the round as it is now.
func (c *crew) round() *round.Round {
	r, err := c.anybody().Round(c.t.Context(), c.id)
	require.NoError(c.t, err)
	return r
}

// anybody is a client that reads.
func (c *crew) anybody() *round.Client { return c.rounds(chaintest.Keypair(c.t)) }

// overdue lets the deadline pass.
func (c *crew) overdue() { c.Net.Warp(c.round().Options.Deadline.Add(time.Second).Sub(c.Net.Now())) }

// failed counts the transactions that wallets paid for and that failed.
func (c *crew) failed(wallets ...solana.PublicKey) (n int) {
	for _, w := range wallets {
		all, err := c.Net.RPC().GetSignaturesForAddressWithOpts(c.t.Context(), w, &rpc.GetSignaturesForAddressOpts{Commitment: rpc.CommitmentConfirmed})
		require.NoError(c.t, err)
		for _, s := range all {
			if s.Err != nil {
				n++
			}
		}
	}
	return n
}

// publish has a new trainer publish a directory, and ready to submit it.
func (c *crew) publish(p roundtest.Player, dir string) cid.Cid {
	root, err := p.Store.Add(c.t.Context(), os.DirFS(dir))
	require.NoError(c.t, err)
	_, err = p.Store.Push(c.t.Context(), root)
	require.NoError(c.t, err)
	_, err = p.Rounds.CreateTrainerProfile(c.t.Context())
	require.NoError(c.t, err)
	return root
}

// submit has a new trainer submit a head that is worth something, by hand.
func (c *crew) submit(name string, seed int) roundtest.Player {
	p := c.Player(c.t, name)
	dir := filepath.Join(c.t.TempDir(), "gradient")
	require.NoError(c.t, packagefmt.WriteGradient(dir, shifted(seed), roundtest.Package()))
	root := c.publish(p, dir)
	_, err := p.Rounds.SubmitGradient(c.t.Context(), c.id, root.String())
	require.NoError(c.t, err)
	return p
}

// shifted is the base head with other weights.
func shifted(seed int) packagefmt.Network {
	base := roundtest.Package().Head
	head := packagefmt.Network{Layers: base.Layers, Weights: map[string]safetensors.Tensor{}}
	for name, w := range base.Weights {
		data := slices.Clone(w.Data)
		for i := range data {
			data[i] += float32((i*(seed+3))%7-3) / 100
		}
		head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: data}
	}
	return head
}

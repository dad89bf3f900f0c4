package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const model = "../../launch/model/mnist.pt"

// scene is a chain with a creator and three validators, and the reader of it.
type scene struct {
	net        *localnet.Network
	cars       string
	creator    *apptest.Creator
	validators []*round.Client
	rounds     *round.Client
}

func newScene(t *testing.T) scene {
	s := scene{net: localnet.New(t), cars: t.TempDir()}
	s.creator, s.rounds = apptest.NewCreator(t, s.net, s.cars, model), apptest.Reader(t, s.net)
	for range 3 {
		s.validators = append(s.validators, apptest.Funded(t, s.net))
	}
	return s
}

// finalize has the validators score a submission, and the creator close the
// round.
func (s scene) finalize(t *testing.T, id uint64, accuracy uint32) {
	t.Helper()
	all, err := s.rounds.Gradients(t.Context(), id)
	require.NoError(t, err)
	for _, g := range all {
		for _, v := range s.validators {
			_, err := v.Postvalidate(t.Context(), id, g.Trainer, accuracy)
			require.NoError(t, err)
		}
	}
	_, err = s.creator.Client.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
}

func TestByHand(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars)
	id := s.creator.Launch(100_000_000, 3, nil)
	number := fmt.Sprint(id)

	require.Contains(t, p.Must("status"), "no profile yet")
	p.Fails(1, "takes no submission", "train", number)
	p.Fails(1, "RoundNotFinalized", "claim", number)
	require.Contains(t, p.Must("join", number, "--dry-run"), "Transaction 1 would succeed")
	require.Contains(t, p.Must("status"), "no profile yet")
	p.Must("join", number)
	_, err := s.rounds.Profile(t.Context(), p.Wallet())
	require.NoError(t, err, "joining creates the profile")
	var list []app.RoundView
	p.JSON(&list, "list", "--status", "waiting")
	require.Len(t, list, 1)
	require.Equal(t, "joined", list[0].Mine)

	p.Fails(1, "takes no submission of yours now", "train", number, "--dry-run")
	apptest.ScoreBase(t, id, 7000, s.validators...)
	var dry app.DryRunView
	p.JSON(&dry, "train", number, "--dry-run")
	require.Len(t, dry.Transactions, 1)
	has, err := s.rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	report := filepath.Join(t.TempDir(), "training.html")
	out := p.Must("train", "#"+number, "--epochs", "2", "--max-batches", "3", "--report", report)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Contains(t, string(text), `<td class="n">2</td><td class="n">`, "both epochs are in the report")
	require.Contains(t, out, "Epoch 1/2: Loss=")
	require.Contains(t, out, "submitted bafy")
	require.Contains(t, out, "published to cardir:"+s.cars+", read back from there; no other source was asked")
	left, err := s.rounds.Chain().Balance(t.Context(), p.Wallet())
	require.NoError(t, err)
	require.Equal(t, int64(left)-int64(has), dry.Change, "what the dry run said is what happened")
	g, err := s.rounds.Gradient(t.Context(), id, p.Wallet())
	require.NoError(t, err)
	require.Contains(t, out, g.CID)
	p.Fails(1, "was submitted already", "train", number)

	s.finalize(t, id, 8000)
	var paid []struct{ Lamports uint64 }
	p.JSON(&paid, "claim")
	require.Len(t, paid, 1)
	require.EqualValues(t, 88_200_000, paid[0].Lamports, "90 % less the fee of 2 %")
	require.Contains(t, p.Must("claim"), "nothing to claim")
	require.Contains(t, p.Must("claim", number), "nothing to claim")
	p.JSON(&list, "list")
	require.Equal(t, "claimed", list[0].Mine)
	require.Contains(t, p.Must("status", number), "finalized")
	require.Contains(t, p.Must("status"), "1 judged, 1 better than the base")
	p.Fails(1, "takes no submissions any more", "join", number)
}

func TestTheDaemonTakesWhatItsSettingsAcceptAndWhatWasJoined(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars, "--poll-interval", "0.2", "--min-reward", "0.2")
	cheap, good := s.creator.Launch(100_000_000, 3, nil), s.creator.Launch(300_000_000, 3, nil)
	lone := s.creator.Launch(300_000_000, 1, nil)
	other := s.creator.Launch(100_000_000, 3, nil)
	for _, id := range []uint64{cheap, good, other} {
		apptest.ScoreBase(t, id, 7000, s.validators...)
	}
	apptest.ScoreBase(t, lone, 7000, s.validators[0])
	p.Must("join", fmt.Sprint(cheap))
	p.Fails(1, "min_quorum=1", "join", fmt.Sprint(lone))

	d := p.Start("start", "--epochs", "1", "--max-batches", "2")
	d.Await("submitted", 2)
	d.Await("skipped", 2)
	for _, id := range []uint64{cheap, good} {
		_, err := s.rounds.Gradient(t.Context(), id, p.Wallet())
		require.NoError(t, err)
	}
	s.finalize(t, good, 8000)
	d.Await(fmt.Sprintf("#%d claimed", good), 1)
	require.Equal(t, 130, d.Stop())
	for _, id := range []uint64{lone, other} {
		_, err := s.rounds.Gradient(t.Context(), id, p.Wallet())
		require.ErrorIs(t, err, chain.ErrNotFound)
	}
	out := d.Output()
	require.Contains(t, out, "DECLOUD Trainer Daemon")
	require.Contains(t, out, "Min reward:    0.2 SOL")
	require.Contains(t, out, fmt.Sprintf("#%d NEW ROUND", good))
	require.NotContains(t, out, "error: ")

	// It goes on where it was: nothing is submitted or claimed twice.
	again := p.Start("start", "--json")
	s.finalize(t, cheap, 7500)
	again.Await(`"event":"claimed"`, 1)
	require.Equal(t, 130, again.Stop())
	for line := range strings.Lines(again.Output()) {
		var e app.Event
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		require.NotContains(t, []string{"submitted", "trained"}, e.Kind)
	}
}

// Not even the profile is paid for where the settings bound what leaves the wallet;
// without one, as on a chain that was set up anew, rounds are joined all the same.
func TestTheDaemonPaysForNothingBeyondItsBounds(t *testing.T) {
	for name, c := range map[string]struct{ flag, value, hint string }{
		"cap":   {"--max-spending", "0.000001", "config --set max_spending=SOL"},
		"floor": {"--min-balance", "4.9999", "config --set min_balance=SOL"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			p := apptest.Settled(t, App(), s.net, s.cars, "--poll-interval", "0.2", c.flag, c.value)
			id := s.creator.Launch(300_000_000, 3, nil)
			apptest.ScoreBase(t, id, 7000, s.validators...)
			d := p.Start("start")
			d.Await("NEW ROUND", 1)
			d.Await(c.hint, 1)
			require.Equal(t, 130, d.Stop())
			require.NotContains(t, d.Output(), "no such account")
			require.Contains(t, p.Must("balance"), "5 SOL")
			_, err := s.rounds.Profile(t.Context(), p.Wallet())
			require.ErrorIs(t, err, chain.ErrNotFound)
		})
	}
}

func TestASecondDaemonOfOneHomeIsRefused(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars)
	d := p.Start("start")
	d.Await("Listening", 1)
	id := s.creator.Launch(300_000_000, 3, nil)
	d.Await("NEW ROUND", 1) // it is at work
	p.Fails(1, "another process", "start")
	require.Equal(t, 130, d.Stop())
	require.Contains(t, d.Output(), fmt.Sprintf("#%d", id))
}

func TestNeitherTrainsNorClaimsUnlessAsked(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars, "--poll-interval", "0.2")
	id := s.creator.Launch(300_000_000, 3, nil)
	apptest.ScoreBase(t, id, 7000, s.validators...)
	d := p.Start("start", "--no-auto-train", "--no-auto-claim")
	d.Await(fmt.Sprintf("decloud-trainer train %d trains it", id), 1)
	p.Must("train", fmt.Sprint(id), "--max-batches", "2") // beside the daemon
	s.finalize(t, id, 8000)
	require.Equal(t, 130, d.Stop())
	require.NotContains(t, d.Output(), "taking part")
	require.NotContains(t, d.Output(), "claimed")
}

func TestAPackageWithoutAnEncoder(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars)
	id := s.creator.Launch(300_000_000, 3, func(o *packagefmt.BuildOptions) { o.OmitEncoder = true })
	apptest.ScoreBase(t, id, 7000, s.validators...)
	p.Fails(1, "set the setting test_embeddings to train on the package's own test embeddings anyway\n  For this once: --test-embeddings", "train", fmt.Sprint(id))
	p.Must("train", fmt.Sprint(id), "--test-embeddings", "--max-batches", "2")
}

func TestTwoTrainersWithTheSameDataHandInDifferentHeads(t *testing.T) {
	s := newScene(t)
	id := s.creator.Launch(300_000_000, 3, nil)
	apptest.ScoreBase(t, id, 7000, s.validators...)
	for range 2 {
		apptest.Settled(t, App(), s.net, s.cars).Must("train", fmt.Sprint(id), "--max-batches", "5")
	}
	all, err := s.rounds.Gradients(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.NotEqual(t, all[0].CID, all[1].CID)
}

func TestWhatIsRefusedBeforeItStarts(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars)
	for _, c := range []struct {
		code int
		want string
		line string
	}{
		{1, "there is no data to work with", "start --dataset cifar10"},
		{2, "is not a known data set", "start --dataset nonsense"},
		{2, "no such preset; the presets are image-all", "start --preset nonsense"},
		{2, "--max-parallel", "start --max-parallel 0"},
		{2, "--epochs: expected a number from 1", "start --epochs 0"},
		{2, "--learning-rate: expected a number above 0, up to 10", "start --learning-rate NaN"},
		{1, "the setting max_reward is below the setting min_reward", "start --min-reward 0.2 --max-reward 0.1"},
		{1, "there is no data to work with", "start --preset text-all"},
		{1, "No round has that number, or it was closed", "train 7"},
		{2, "a round's number", "join x"},
		{1, "nothing was set", "dataset set mnist /nonexistent"},
		{1, "nothing is set for Mnist", "dataset remove mnist"},
	} {
		p.Fails(c.code, c.want, strings.Fields(c.line)...)
	}
	id := s.creator.Launch(300_000_000, 3, nil)
	poor := apptest.New(t, App())
	poor.Must("setup", "--new-wallet", "--custom-rpc", s.net.URL(), "--custom-ws", s.net.WSURL(), "--car-dir", s.cars)
	poor.Fails(1, "too little SOL", "join", fmt.Sprint(id))
	homeless := apptest.New(t, App())
	homeless.Must("setup", "--custom-rpc", s.net.URL())
	homeless.Fails(1, "setup --new-wallet", "start")
	homeless.Must("list") // reading needs no wallet
}

// Many short epochs are not a line each.
func TestShortEpochsAreNotALineEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		observe := observer((&app.Call{App: App(), Out: &out}).Teller())
		const epochs = 1000
		for epoch := 1; epoch <= epochs; epoch++ {
			time.Sleep(10 * time.Millisecond)
			observe(trainer.Event{Kind: trainer.EventTraining, HasRound: true, Progress: fit.Progress{Epoch: epoch, Epochs: epochs, Batch: 2, Batches: 2}})
		}
		require.Contains(t, out.String(), "Epoch 1/1000")
		require.Contains(t, out.String(), "Epoch 1000/1000")
		require.Equal(t, 11, strings.Count(out.String(), "Epoch"), "one a second")
	})
}

// Where there are several nodes, status shows how each of them does.
func TestStatusShowsTheNodes(t *testing.T) {
	s := newScene(t)
	p := apptest.Settled(t, App(), s.net, s.cars)
	require.NotContains(t, p.Must("status"), "Node 1")
	p.Must("config", "--set", "custom_rpc=http://127.0.0.1:1", "--set", "more_rpc="+s.net.URL(), "--set", "custom_ws=none")
	out := p.Must("status")
	require.Regexp(t, `Node 1: +127.0.0.1:1: .*connection refused`, out)
	require.Regexp(t, `Node 2: +127.0.0.1:[0-9]+: at block [0-9]+, answered in [0-9]+ ms`, out)
	require.Contains(t, out, "5 SOL")
}

func TestPresets(t *testing.T) {
	p := apptest.New(t, App())
	list := p.Must("config", "--preset", "list")
	for _, name := range presetNames {
		require.Contains(t, list, name)
	}
	p.Must("config", "--set", "epochs=4", "--preset", "quick-test")
	cfg := reload(t, p)
	require.Equal(t, app.Names{"cifar10", "mnist"}, cfg.Datasets)
	require.Equal(t, 50, cfg.MaxBatches)
	require.Equal(t, 4, cfg.Epochs)
	require.Equal(t, "quick-test", presetOf(cfg))
	p.Must("config", "--preset", "HIGH-REWARD")
	cfg = reload(t, p)
	require.Empty(t, cfg.Datasets)
	require.EqualValues(t, 100_000_000, cfg.MinReward)
	require.Zero(t, cfg.MaxBatches)
	p.Must("config", "--set", "min_reward=0.01")
	require.Equal(t, "none", presetOf(reload(t, p)))
}

// TestPrivacy: a trainer is told what the released heads give away, and noise
// of both kinds is refused before anything begins.
func TestPrivacy(t *testing.T) {
	cfg := newConfig().(*config)
	require.Nil(t, cfg.training(&decloud.Client{Chain: &chain.Client{}}).Privacy, "off unless asked for")
	cfg.Privacy, cfg.PrivacyNorm, cfg.PrivacyHeads = 2, 0.5, 3
	require.Equal(t, &fit.Privacy{MaxNorm: 0.5, NoiseMultiplier: 2, Releases: 3}, cfg.training(&decloud.Client{Chain: &chain.Client{}}).Privacy)

	var out bytes.Buffer
	tellEvent((&app.Call{Out: &out, JSON: true}).Teller(), trainer.Event{Kind: trainer.EventTrained,
		Result: &fit.Result{Privacy: &fit.PrivacyBudget{Epsilon: 3.5, Delta: 1e-5}}})
	require.Contains(t, out.String(), `"epsilon":3.5,"delta":0.00001`)
}

func reload(t *testing.T, p *apptest.Person) *config {
	t.Helper()
	var shown map[string]any
	p.JSON(&shown, "config", "--show")
	cfg := newConfig().(*config)
	for _, s := range cfg.Settings() {
		if text, ok := shown[s.Key].(string); ok && text != "" {
			require.NoError(t, s.Value.Set(text), s.Key)
		}
	}
	return cfg
}

func TestDefaultsAreTheKits(t *testing.T) {
	cfg := newConfig().(*config)
	require.Equal(t, "~/.config/solana/id.json", cfg.KeypairPath)
	require.Empty(t, cfg.Datasets)
	require.Zero(t, cfg.MinReward)
	require.Zero(t, cfg.MaxReward)
	require.Equal(t, 1, cfg.Epochs)
	require.Equal(t, 32, cfg.BatchSize)
	require.Equal(t, 0.001, cfg.LearningRate)
	require.Zero(t, cfg.MaxBatches)
	require.Equal(t, 1, cfg.MaxConcurrent)
	require.True(t, cfg.AutoTrain && cfg.AutoClaim)
	require.Equal(t, 5*time.Second, time.Duration(cfg.PollInterval))
	require.Equal(t, 0.001, cfg.NoiseScale)
}

package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	trainer "github.com/decloud-sdk/decloud-go/examples/trainer/cli"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const model = "../../launch/model/mnist.pt"

func TestByHand(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	creator, rounds := apptest.NewCreator(t, net, cars, model), apptest.Reader(t, net)
	id := creator.Launch(100_000_000, 1, nil)
	number := fmt.Sprint(id)
	p := apptest.Settled(t, App(), net, cars)

	p.Fails(1, "has no submissions yet", "postvalidate", number)
	var dry app.DryRunView
	p.JSON(&dry, "prevalidate", number, "--dry-run")
	require.Len(t, dry.Transactions, 1)
	require.Negative(t, dry.Change)
	require.Contains(t, p.Must("prevalidate", number), "scored the base: 75.20 %", "the dry run scored nothing")
	p.Fails(1, "nothing to score", "prevalidate", number)
	var list []app.RoundView
	p.JSON(&list, "rounds")
	require.Len(t, list, 1)
	require.Equal(t, "1 scored", list[0].Mine)

	bob := apptest.Settled(t, trainer.App(), net, cars, "--min-quorum", "1")
	bob.Must("train", number, "--epochs", "3")
	p.Fails(1, "postvalidate "+number, "prevalidate", number)
	p.Fails(2, "a trainer's address", "postvalidate", number, "bob")
	p.Fails(1, "no such account", "postvalidate", number, p.Wallet().String())
	out := p.Must("postvalidate", number, bob.Wallet().String())
	require.Contains(t, out, "scored the submission of "+bob.Wallet().String())
	p.Fails(1, "scored the submission of "+bob.Wallet().String()+" already", "postvalidate", number, bob.Wallet().String())
	post, err := rounds.PostValidation(t.Context(), id, bob.Wallet(), p.Wallet())
	require.NoError(t, err)
	require.Greater(t, post.Accuracy, uint32(7520))

	require.Contains(t, p.Must("claim"), "nothing to claim", "the round is not over")
	_, err = creator.Client.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
	var paid []struct {
		Lamports   uint64
		Signatures []string
	}
	p.JSON(&dry, "claim", "--dry-run")
	require.Len(t, dry.Transactions, 2, "a claim for each score")
	require.EqualValues(t, 9_800_000-10_000, dry.Change)
	p.JSON(&paid, "claim", number)
	require.EqualValues(t, 9_800_000, paid[0].Lamports, "10 % for the two scores, less the fee of 2 %")
	require.Len(t, paid[0].Signatures, 2)
	require.Contains(t, p.Must("claim", "--dry-run"), "nothing to claim\nDry run of claim: nothing was sent.\nNo transaction would be sent.\n")
	require.Contains(t, p.Must("round-info", number), "finalized")
	report := filepath.Join(t.TempDir(), "earned.svg")
	p.Must("status", "--report", report)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Contains(t, string(text), "0.0098 SOL (finalized)")
	require.Contains(t, p.Must("status"), "2; rounds not claimed yet: 0")
}

func TestTheDaemonAsksForAStake(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	creator := apptest.NewCreator(t, net, cars, model)
	now, err := creator.Client.Chain.Now(t.Context())
	require.NoError(t, err)
	parameters, err := creator.Client.Rounds.Parameters(t.Context())
	require.NoError(t, err)
	o := parameters.Options(now)
	o.MinValidatorStake = 500_000_000
	id := creator.Launch(100_000_000, 1, nil)
	_, err = creator.Client.Rounds.ConfigureRound(t.Context(), id, o)
	require.NoError(t, err)

	p := apptest.Settled(t, App(), net, cars, "--poll-interval", "0.2")
	d := p.Start("start")
	d.Await("stake first", 1)
	require.Contains(t, p.Must("stake", "0.5", "--dry-run"), "created")
	p.Fails(1, "too little SOL", "stake", "100000", "--dry-run")
	p.Must("stake", "0.5")
	d.Await("scored the base", 1)
	require.Equal(t, 130, d.Stop())
	require.Contains(t, d.Output(), "DECLOUD Validator Daemon")
	require.Contains(t, d.Output(), "Mnist (1000 samples)")

	require.Contains(t, p.Must("status"), "0.5 SOL, and 0 on their way out")
	require.Contains(t, p.Must("unstake", "0.2"), "at stake now: 0.3 SOL")
	p.Fails(1, "StakeLocked", "unstake")
	net.Warp(25 * time.Hour)
	require.Contains(t, p.Must("unstake", "--dry-run"), "Your wallet: +0.199995 SOL")
	p.Must("unstake")
	require.Contains(t, p.Must("status"), "0.3 SOL, and 0 on their way out")
	p.Fails(2, "an amount of SOL", "stake", "much")
}

func TestDatasets(t *testing.T) {
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	own := t.TempDir()
	require.NoError(t, dataset.SaveIDX(own, digits.Test))
	web := httptest.NewServer(http.FileServer(http.Dir(own)))
	defer web.Close()
	sum := func(name string) string {
		data, err := os.ReadFile(filepath.Join(own, name))
		require.NoError(t, err)
		h := sha256.Sum256(data)
		return hex.EncodeToString(h[:])
	}
	images := []string{"--url", web.URL + "/" + dataset.IDXImages, "--sha256", sum(dataset.IDXImages)}
	labels := []string{"--url", web.URL + "/" + dataset.IDXLabels, "--sha256", sum(dataset.IDXLabels)}

	p := apptest.New(t, App())
	require.Contains(t, p.Must("dataset", "install", "mnist", "Iris"), "Mnist")
	p.Fails(1, "install Movielens1m --url URL --sha256 HEX", "dataset", "install", "Movielens1m")
	p.Fails(1, "kaggle.com", "dataset", "install", "StanfordCars")
	p.Fails(2, "every --url needs its --sha256", "dataset", "install", "FashionMnist", "--url", "http://x/y")
	p.Fails(2, "go with --path or --url", "dataset", "install", "FashionMnist", "--missing", "drop")
	p.Fails(1, "Name your own copy: decloud-validator dataset set FashionMnist PATH", "dataset", "install", "FashionMnist", "--url", "http://127.0.0.1:1/a.npz", "--sha256", strings.Repeat("0", 64))
	p.Fails(2, "one data set at a time", "dataset", "install", "FashionMnist", "Kmnist", "--path", own)
	p.Fails(1, "checksum does not match", "dataset", "install", "FashionMnist", images[0], images[1], images[2], strings.Repeat("0", 64))
	require.NotContains(t, p.Must("dataset", "list"), "FashionMnist", "what failed is not remembered")

	p.Must(append(append([]string{"dataset", "install", "FashionMnist"}, images...), labels...)...)
	require.Contains(t, p.Must("dataset", "list"), "FashionMnist")
	downloads := filepath.Join(p.Home, ".decloud-validator", "datasets", "FashionMnist")
	require.DirExists(t, downloads)
	p.Must("dataset", "install", "Kmnist", "--path", own)
	ready := p.Must("dataset", "install-all", "-c", "image")
	for _, name := range []string{"Mnist", "FashionMnist", "Kmnist"} {
		require.Contains(t, ready, name)
	}
	require.NotContains(t, ready, "Iris")

	p.Must("dataset", "uninstall", "fashionmnist")
	require.NoDirExists(t, downloads)
	p.Must("dataset", "uninstall", "kmnist")
	require.DirExists(t, own, "the user's own files stay")
	p.Fails(1, "not installed", "dataset", "uninstall", "kmnist")
	require.Contains(t, p.Must("dataset", "list", "--available"), "NarrativeQa")
}

func TestABadCopyOfTheTestSplitScoresNothing(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	creator, rounds := apptest.NewCreator(t, net, cars, model), apptest.Reader(t, net)
	id := creator.Launch(100_000_000, 1, nil)
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	wrong := t.TempDir()
	require.NoError(t, dataset.SaveIDX(wrong, digits.Train)) // not the test split
	p := apptest.Settled(t, App(), net, cars)
	p.Must("dataset", "set", "mnist", wrong)
	require.Equal(t, 1, p.Type("", "prevalidate", fmt.Sprint(id)).Code)
	_, err = rounds.PreValidation(t.Context(), id, p.Wallet())
	require.ErrorIs(t, err, chain.ErrNotFound)
}

func TestNoStakeIsAtRiskWhereTheSettingIsZero(t *testing.T) {
	cfg := newConfig().(*config)
	cfg.MaxAtRisk = 0
	w := cfg.worker(&decloud.Client{}, &app.Call{Home: t.TempDir()}, nil, nil)
	require.EqualValues(t, 1, w.Policy.MaxStakeAtRisk, "a lamport: less than any outlier loses")
}

func TestDefaultsAreTheKits(t *testing.T) {
	cfg := newConfig().(*config)
	require.Equal(t, 1000, cfg.Samples)
	require.Equal(t, 30*time.Second, time.Duration(cfg.PollInterval))
	require.Equal(t, 3, cfg.MaxConcurrent)
	require.True(t, cfg.AutoClaim && cfg.AutoValidate)
}

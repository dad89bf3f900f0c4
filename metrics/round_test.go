package metrics_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/metrics"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A round that a trainer's and a validator's worker take part in, as Prometheus
// sees it; and what it sees is what the dashboard asks for.
func TestARoundAndItsDashboard(t *testing.T) {
	world := localtest.New(t, localnet.InProcess())
	creator, pupil, judge := world.Player(t, "creator"), world.Player(t, "trainer"), world.Player(t, "validator")
	digits, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	m, reg := metrics.New(), prometheus.NewPedanticRegistry()
	reg.MustRegister(m)

	ctx, stop := context.WithCancel(t.Context())
	train, err := trainer.NewWorker(trainer.Config{
		Rounds: pupil.Rounds, Store: pupil.Store, Dir: filepath.Join(pupil.Dir, "runs"), Locks: t.TempDir(), Poll: 100 * time.Millisecond,
		Data:     map[dataset.ID]dataset.Dataset{dataset.Mnist: digits.Train},
		Policy:   trainer.Policy{MinQuorum: 1},
		Training: fit.Options{Epochs: 1, LearningRate: 0.01}, Observer: m.Trainer(nil),
	})
	require.NoError(t, err)
	score, err := validator.NewWorker(validator.Config{
		Rounds: judge.Rounds, Store: judge.Store, Locks: t.TempDir(), Poll: 100 * time.Millisecond,
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: digits.Test},
		Observer: m.Validator(func(e validator.Event) {
			if e.Kind == validator.EventGradient {
				stop()
			}
		}),
	})
	require.NoError(t, err)
	m.WatchTrainer(train)
	m.WatchValidator(score)
	m.WatchStore(pupil.Store)
	m.WatchChain(pupil.Rounds.Chain())

	model, err := localtest.Package()
	require.NoError(t, err)
	_, err = creator.Launch(ctx, decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Quorum: 1, Open: true})
	require.NoError(t, err)
	trained := make(chan error, 1)
	go func() { trained <- train.Run(ctx) }()
	require.NoError(t, score.Run(ctx))
	require.NoError(t, <-trained)

	got := series(t, reg)
	used, _, err := pupil.Store.Used()
	require.NoError(t, err)
	require.EqualValues(t, 1, got["decloud_submissions_total role=trainer"])
	require.EqualValues(t, 1, got["decloud_scores_total model=base verdict=scored"])
	require.EqualValues(t, 1, got["decloud_scores_total model=gradient verdict=scored"])
	require.Positive(t, got["decloud_training_duration_seconds role=trainer"])
	require.EqualValues(t, used, got["decloud_cache_used_bytes"])
	require.EqualValues(t, storageLimit, got["decloud_cache_limit_bytes"])
	require.EqualValues(t, 4<<30, got["decloud_memory_limit_bytes role=trainer"])
	require.Positive(t, got["decloud_memory_used_bytes role=validator"], "the validator keeps the model that it scored")
	require.EqualValues(t, 1, got["decloud_computing_limit_jobs role=trainer"])
	require.Zero(t, got["decloud_computing_jobs role=validator"])
	require.GreaterOrEqual(t, got["decloud_transactions_total result=done"], 2.0, "a profile and a gradient")
	require.GreaterOrEqual(t, got["decloud_fees_lamports_total"], 5000*got["decloud_transactions_total result=done"])
	require.Positive(t, got["decloud_rpc_calls_total node=in this process"])

	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, problems)
	requireDashboardShowsAll(t, reg)
}

// storageLimit is that of a store which says nothing.
const storageLimit = 16 << 30

var metricName = regexp.MustCompile(`decloud_[a-z_]+`)

// requireDashboardShowsAll requires that the dashboard asks for every metric, and
// for no other.
func requireDashboardShowsAll(t *testing.T, reg *prometheus.Registry) {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	want := map[string]bool{}
	for _, f := range families {
		want[f.GetName()] = true
	}
	asked := map[string]bool{}
	for _, query := range queries(t) {
		names := metricName.FindAllString(query, -1)
		require.NotEmpty(t, names, query)
		for _, name := range names {
			if !want[name] { // a part of a histogram
				for _, part := range []string{"_bucket", "_sum", "_count"} {
					name = strings.TrimSuffix(name, part)
				}
			}
			asked[name] = true
		}
	}
	require.Equal(t, want, asked)
}

// queries are those of the dashboard's panels and variables.
func queries(t *testing.T) (list []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct{ List []struct{ Definition string } }
	}
	require.NoError(t, json.Unmarshal(metrics.Dashboard, &board))
	for _, p := range board.Panels {
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			list = append(list, target.Expr)
		}
	}
	for _, v := range board.Templating.List {
		if v.Definition != "" {
			list = append(list, v.Definition)
		}
	}
	return list
}

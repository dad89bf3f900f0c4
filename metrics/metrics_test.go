package metrics_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/metrics"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// series are the values of a registry, by name and labels as in a query; of a
// histogram, the sum.
func series(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	require.NoError(t, err)
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
		}
	}
	return out
}

// changed are the series that are not zero.
func changed(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	out := series(t, g)
	for name, v := range out {
		if v == 0 {
			delete(out, name)
		}
	}
	return out
}

func TestEventsMoveCounters(t *testing.T) {
	m, reg := metrics.New(), prometheus.NewPedanticRegistry()
	reg.MustRegister(m)
	require.Empty(t, changed(t, reg))
	passed := 0
	train := m.Trainer(func(trainer.Event) { passed++ })
	for _, e := range []trainer.Event{
		{Kind: trainer.EventRefused, HasRound: true},
		{Kind: trainer.EventTraining, Progress: fit.Progress{Loss: 0.5}},
		{Kind: trainer.EventTrained, Result: &fit.Result{Duration: 3 * time.Second}},
		{Kind: trainer.EventTrained}, // before a restart
		{Kind: trainer.EventSubmitted},
		{Kind: trainer.EventClaimed, Lamports: 700, Rating: 450},
		{Kind: trainer.EventSettled, Settled: 3}, {Kind: trainer.EventDrawn},
		{Kind: trainer.EventFailed, HasRound: true, Err: errors.New("no"), Retry: time.Second},
		{Kind: trainer.EventFailed, HasRound: true, Err: errors.New("never")},
		{Kind: trainer.EventFailed, Err: errors.New("no chain")},
	} {
		train(e)
	}
	require.Equal(t, 11, passed)
	score := m.Validator(nil)
	for _, e := range []validator.Event{
		{Kind: validator.EventBase, Score: validator.Score{Accuracy: 5000}},
		{Kind: validator.EventGradient, Score: validator.Score{Accuracy: 7500}},
		{Kind: validator.EventGradient, Score: validator.Score{Accuracy: 5000, Verdict: validator.Copy}},
		{Kind: validator.EventClaimed, Lamports: 5}, {Kind: validator.EventClaimed, Lamports: 6},
		{Kind: validator.EventFinalized}, {Kind: validator.EventRefused},
		{Kind: validator.EventFailed, HasRound: true, Err: errors.New("never")},
	} {
		score(e)
	}
	take := m.Member(nil)
	for _, e := range []member.Event{
		{Kind: member.EventSubmitted, Result: &fit.Result{Duration: time.Second}},
		{Kind: member.EventClaimed, Points: 9}, {Kind: member.EventSlashed, Points: 2},
		{Kind: member.EventFailed, Step: run.Step{RunID: "r"}}, {Kind: member.EventFailed},
		{Kind: member.EventTraining, Progress: fit.Progress{Loss: 0.25}},
	} {
		take(e)
	}
	require.Equal(t, map[string]float64{
		"decloud_rounds_total outcome=refused role=trainer": 1, "decloud_rounds_total outcome=failed role=trainer": 1,
		"decloud_rounds_total outcome=submitted role=trainer": 1, "decloud_rounds_total outcome=claimed role=trainer": 1,
		"decloud_rounds_total outcome=refused role=validator": 1, "decloud_rounds_total outcome=scored role=validator": 1,
		"decloud_rounds_total outcome=failed role=validator": 1, "decloud_failures_total about=round role=validator": 1,
		"decloud_failures_total about=round role=trainer": 2, "decloud_failures_total about=chain role=trainer": 1,
		"decloud_submissions_total role=trainer": 1, "decloud_claims_total role=trainer": 1, "decloud_earned_lamports_total role=trainer": 700,
		"decloud_duties_total duty=settled role=trainer": 1, "decloud_duties_total duty=drawn role=trainer": 1, "decloud_rating_stars": 4.5,
		"decloud_training_loss role=trainer": 0.5, "decloud_training_duration_seconds role=trainer": 3,
		"decloud_scores_total model=base verdict=scored": 1, "decloud_scores_total model=gradient verdict=scored": 1,
		"decloud_scores_total model=gradient verdict=copy": 1, "decloud_score_accuracy_ratio model=base": 0.5,
		"decloud_score_accuracy_ratio model=gradient": 1.25, "decloud_claims_total role=validator": 2,
		"decloud_earned_lamports_total role=validator": 11, "decloud_duties_total duty=finalized role=validator": 1,
		"decloud_submissions_total role=member": 1, "decloud_training_duration_seconds role=member": 1, "decloud_training_loss role=member": 0.25,
		"decloud_failures_total about=round role=member": 1, "decloud_failures_total about=chain role=member": 1,
		"decloud_run_steps_total step=submitted": 1, "decloud_run_steps_total step=claimed": 1, "decloud_run_steps_total step=slashed": 1,
		"decloud_run_paid_base_units_total why=claimed": 9, "decloud_run_paid_base_units_total why=slashed": 2,
	}, changed(t, reg))
}

package metrics

import "github.com/prometheus/client_golang/prometheus"

// The values of the label role.
const (
	roleTrainer   = "trainer"
	roleValidator = "validator"
	roleMember    = "member"
)

// counters are the metrics that events move.
type counters struct {
	rounds, submissions, claims, earned, duties, failures *prometheus.CounterVec
	scores                                                *prometheus.CounterVec
	accuracy, training                                    *prometheus.HistogramVec
	loss                                                  *prometheus.GaugeVec
	rating                                                prometheus.Gauge
	steps, paid                                           *prometheus.CounterVec
}

func newCounters() counters {
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	c := counters{
		rounds: count("decloud_rounds_total", "Rounds by what became of them for this worker: refused by its policy, failed for good, "+
			"submitted to (trainers), scored as to their base (validators), claimed (trainers).", "role", "outcome"),
		submissions: count("decloud_submissions_total", "Gradients and updates whose submission is on chain.", "role"),
		claims:      count("decloud_claims_total", "Claims that were paid.", "role"),
		earned:      count("decloud_earned_lamports_total", "Lamports that claims paid to the wallet, after the protocol's fee.", "role"),
		duties:      count("decloud_duties_total", "What the worker did for rounds that others had left: finalized, slashed, settled ratings.", "role", "duty"),
		failures: count("decloud_failures_total", "Steps that failed, most of them to be tried again: about one round, "+
			"or about the chain, which could not be read.", "role", "about"),
		scores: count("decloud_scores_total", "Scores on chain, of base heads and gradients, by verdict.", "model", "verdict"),
		accuracy: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "decloud_score_accuracy_ratio",
			Help: "Accuracies of the scores on chain, from 0 to 1.", Buckets: []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}}, []string{"model"}),
		training: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "decloud_training_duration_seconds",
			Help: "Time that training took.", Buckets: prometheus.ExponentialBuckets(1, 4, 9)}, []string{"role"}),
		loss: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "decloud_training_loss",
			Help: "Loss of the batch that was trained last."}, []string{"role"}),
		rating: prometheus.NewGauge(prometheus.GaugeOpts{Name: "decloud_rating_stars",
			Help: "Rating of the trainer after its last claim, 1 to 5; 0 before the first one."}),
		steps: count("decloud_run_steps_total", "Steps in a run that are on chain, and updates that were rejected.", "step"),
		paid:  count("decloud_run_paid_base_units_total", "Base units of the run's token, or lamports, that were paid to the member, by why.", "why"),
	}
	c.zero()
	return c
}

// zero makes the series that a dashboard adds up, so that they start at 0 and not
// with their first event.
func (c counters) zero() {
	for _, outcome := range []string{"refused", "failed", "submitted", "claimed"} {
		c.rounds.WithLabelValues(roleTrainer, outcome)
	}
	for _, outcome := range []string{"refused", "failed", "scored"} {
		c.rounds.WithLabelValues(roleValidator, outcome)
	}
	for _, role := range []string{roleTrainer, roleValidator} {
		c.claims.WithLabelValues(role)
		c.earned.WithLabelValues(role)
		for _, duty := range []string{"finalized", "slashed", "settled"} {
			c.duties.WithLabelValues(role, duty)
		}
	}
	for _, role := range []string{roleTrainer, roleValidator, roleMember} {
		c.failures.WithLabelValues(role, aboutRound)
		c.failures.WithLabelValues(role, aboutChain)
	}
	for _, role := range []string{roleTrainer, roleMember} {
		c.submissions.WithLabelValues(role)
		c.training.WithLabelValues(role)
		c.loss.WithLabelValues(role)
	}
	for _, model := range []string{"base", "gradient"} {
		c.accuracy.WithLabelValues(model)
		c.scores.WithLabelValues(model, "scored")
	}
	for _, why := range []string{"claimed", "slashed"} {
		c.paid.WithLabelValues(why)
	}
	c.steps.WithLabelValues("joined")
}

func (c counters) all() []prometheus.Collector {
	return []prometheus.Collector{c.rounds, c.submissions, c.claims, c.earned, c.duties, c.failures, c.scores, c.accuracy, c.training, c.loss, c.rating, c.steps, c.paid}
}

package metrics

import (
	"time"

	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// The values of the label about.
const (
	aboutRound = "round"
	aboutChain = "chain"
)

// Trainer returns an observer for [trainer.Config], which counts events and passes
// them on to next, if that is not nil.
func (m *Metrics) Trainer(next func(trainer.Event)) func(trainer.Event) {
	return func(e trainer.Event) {
		m.trainer(e)
		if next != nil {
			next(e)
		}
	}
}

func (m *Metrics) trainer(e trainer.Event) {
	switch e.Kind {
	case trainer.EventRefused:
		m.rounds.WithLabelValues(roleTrainer, "refused").Inc()
	case trainer.EventTraining:
		m.loss.WithLabelValues(roleTrainer).Set(e.Progress.Loss)
	case trainer.EventTrained:
		if e.Result != nil {
			m.training.WithLabelValues(roleTrainer).Observe(e.Result.Duration.Seconds())
		}
	case trainer.EventSubmitted:
		m.rounds.WithLabelValues(roleTrainer, "submitted").Inc()
		m.submissions.WithLabelValues(roleTrainer).Inc()
	case trainer.EventClaimed:
		m.rounds.WithLabelValues(roleTrainer, "claimed").Inc()
		m.claimed(roleTrainer, e.Lamports)
		m.rating.Set(float64(e.Rating) / 100)
	case trainer.EventFinalized, trainer.EventSlashed, trainer.EventSettled, trainer.EventDrawn:
		m.duties.WithLabelValues(roleTrainer, string(e.Kind)).Inc()
	case trainer.EventFailed:
		m.failed(roleTrainer, e.HasRound, e.Retry)
	}
}

// Validator returns an observer for [validator.Config], which counts events and
// passes them on to next, if that is not nil.
func (m *Metrics) Validator(next func(validator.Event)) func(validator.Event) {
	return func(e validator.Event) {
		m.validator(e)
		if next != nil {
			next(e)
		}
	}
}

func (m *Metrics) validator(e validator.Event) {
	switch e.Kind {
	case validator.EventRefused:
		m.rounds.WithLabelValues(roleValidator, "refused").Inc()
	case validator.EventBase:
		m.rounds.WithLabelValues(roleValidator, "scored").Inc()
		m.score("base", e.Score)
	case validator.EventGradient:
		m.score("gradient", e.Score)
	case validator.EventClaimed:
		m.claimed(roleValidator, e.Lamports)
	case validator.EventFinalized, validator.EventSlashed, validator.EventSettled:
		m.duties.WithLabelValues(roleValidator, string(e.Kind)).Inc()
	case validator.EventFailed:
		m.failed(roleValidator, e.HasRound, e.Retry)
	}
}

func (m *Metrics) score(model string, s validator.Score) {
	m.scores.WithLabelValues(model, s.Verdict.String()).Inc()
	m.accuracy.WithLabelValues(model).Observe(float64(s.Accuracy) / 10_000)
}

func (m *Metrics) claimed(role string, lamports uint64) {
	m.claims.WithLabelValues(role).Inc()
	m.earned.WithLabelValues(role).Add(float64(lamports))
}

// failed counts a failure, and the round where there is no further try.
func (m *Metrics) failed(role string, hasRound bool, retry time.Duration) {
	about := aboutChain
	if hasRound {
		about = aboutRound
		if retry == 0 {
			m.rounds.WithLabelValues(role, "failed").Inc()
		}
	}
	m.failures.WithLabelValues(role, about).Inc()
}

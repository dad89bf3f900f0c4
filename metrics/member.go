package metrics

import (
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// Member returns an observer for [member.Config], which counts events and passes
// them on to next, if that is not nil.
func (m *Metrics) Member(next func(member.Event)) func(member.Event) {
	return func(e member.Event) {
		m.member(e)
		if next != nil {
			next(e)
		}
	}
}

func (m *Metrics) member(e member.Event) {
	switch e.Kind {
	case member.EventTraining:
		m.loss.WithLabelValues(roleMember).Set(e.Progress.Loss)
		return
	case member.EventFailed:
		about := aboutRound
		if e.Step == (run.Step{}) {
			about = aboutChain
		}
		m.failures.WithLabelValues(roleMember, about).Inc()
		return
	case member.EventSubmitted:
		m.submissions.WithLabelValues(roleMember).Inc()
		if e.Result != nil {
			m.training.WithLabelValues(roleMember).Observe(e.Result.Duration.Seconds())
		}
	case member.EventClaimed, member.EventSlashed:
		m.paid.WithLabelValues(string(e.Kind)).Add(float64(e.Points))
	}
	m.steps.WithLabelValues(string(e.Kind)).Inc()
}

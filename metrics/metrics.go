package metrics

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Dashboard is a dashboard for Grafana, in JSON: import it, or provision it as a
// file. It asks for the data source.
//
//go:embed dashboard.json
var Dashboard []byte

// Metrics are the metrics of a trainer, a validator, a member of a run, or of all
// of them. Register it once. A process with two workers of a kind has two, each
// registered with prometheus.WrapRegistererWith and labels of its own. It is safe
// for concurrent use.
type Metrics struct {
	counters

	mu      sync.Mutex
	watched map[string]func(chan<- prometheus.Metric) // what is read when Prometheus asks
}

// New returns metrics that are all zero.
func New() *Metrics {
	return &Metrics{counters: newCounters(), watched: map[string]func(chan<- prometheus.Metric){}}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(ch)
	}
	for _, d := range watchedDescs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(ch)
	}
	m.mu.Lock()
	watched := slices.Collect(maps.Values(m.watched))
	m.mu.Unlock()
	for _, read := range watched {
		read(ch)
	}
}

// watch makes Collect call read, in place of what was watched under the same name.
func (m *Metrics) watch(name string, read func(chan<- prometheus.Metric)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watched[name] = read
}

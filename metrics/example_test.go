package metrics_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/decloud-sdk/decloud-go/metrics"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// The observer goes into a worker's Config, the registry behind an HTTP handler.
func Example() {
	m, registry := metrics.New(), prometheus.NewRegistry()
	registry.MustRegister(m)
	cfg := trainer.Config{Observer: m.Trainer(nil)}

	cfg.Observer(trainer.Event{Kind: trainer.EventClaimed, HasRound: true, Lamports: 882_000_000, Rating: 500}) // the worker does that

	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "decloud_earned_lamports_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// decloud_earned_lamports_total{role="trainer"} 8.82e+08
	// decloud_earned_lamports_total{role="validator"} 0
}

// Package metrics shows Prometheus what workers, stores and chain clients do.
//
//	m := metrics.New()
//	prometheus.MustRegister(m)
//	http.Handle("/metrics", promhttp.Handler())
//
//	w, err := trainer.NewWorker(trainer.Config{Observer: m.Trainer(nil), …})
//	m.WatchTrainer(w)
//	m.WatchStore(store)
//	m.WatchChain(rounds.Chain())
//
// Counters start at zero with the process and count what a worker told its
// observer; what the chain holds for a wallet is asked there. Gauges are read when
// Prometheus asks: no node is asked for them, and nothing runs in the background.
// No metric has rounds, wallets or CIDs as labels, since strangers make as many of
// those as they like.
//
// [Dashboard] is a dashboard for Grafana that shows all of them.
//
// It is a module of its own, since it links Prometheus' client library.
package metrics

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// watchedDescs are the metrics that are read when Prometheus asks.
var watchedDescs []*prometheus.Desc

func desc(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc(name, help, labels, nil)
	watchedDescs = append(watchedDescs, d)
	return d
}

var (
	memoryUsed     = desc("decloud_memory_used_bytes", "Bytes of the memory budget that packages, embeddings and heads hold, about.", "role")
	memoryLimit    = desc("decloud_memory_limit_bytes", "The memory budget (Config.Memory).", "role")
	computing      = desc("decloud_computing_jobs", "Rounds that are trained, or models that are scored, now.", "role")
	computingLimit = desc("decloud_computing_limit_jobs", "How many may be at a time (Config.Parallel).", "role")

	cacheBytes = desc("decloud_cache_used_bytes", "Bytes of blocks that the store keeps on disk.")
	cacheLimit = desc("decloud_cache_limit_bytes", "The limit of the store (Config.CacheBytes); -1 if there is none.")

	rpcCalls     = desc("decloud_rpc_calls_total", "Calls to a node; a call that is tried again counts again.", "node")
	rpcFailures  = desc("decloud_rpc_failures_total", "Calls to a node that it did not answer, or with what another one might have answered.", "node")
	transactions = desc("decloud_transactions_total", "Transactions of the wallet that were processed.", "result")
	fees         = desc("decloud_fees_lamports_total", "Lamports that transactions cost apart from what they moved, as far as nodes had their records.")
)

// WatchTrainer shows what a trainer has in use. Another one takes its place.
func (m *Metrics) WatchTrainer(w *trainer.Worker) {
	m.watch(roleTrainer, func(ch chan<- prometheus.Metric) { usage(ch, roleTrainer, w.Usage()) })
}

// WatchValidator shows what a validator has in use. Another one takes its place.
func (m *Metrics) WatchValidator(w *validator.Worker) {
	m.watch(roleValidator, func(ch chan<- prometheus.Metric) { usage(ch, roleValidator, w.Usage()) })
}

// WatchMember shows what a member of a run has in use. Another one takes its place.
func (m *Metrics) WatchMember(w *member.Worker) {
	m.watch(roleMember, func(ch chan<- prometheus.Metric) { usage(ch, roleMember, w.Usage()) })
}

func usage(ch chan<- prometheus.Metric, role string, u trainer.Usage) {
	gauge(ch, memoryUsed, float64(u.Memory), role)
	gauge(ch, memoryLimit, float64(u.MaxMemory), role)
	gauge(ch, computing, float64(u.Computing), role)
	gauge(ch, computingLimit, float64(u.MaxComputing), role)
}

// WatchStore shows how full a store is. Another one takes its place. Where its
// directory cannot be read, the scrape fails and says so.
func (m *Metrics) WatchStore(s *storage.Store) {
	m.watch("store", func(ch chan<- prometheus.Metric) {
		used, limit, err := s.Used()
		if err != nil {
			ch <- prometheus.NewInvalidMetric(cacheBytes, err)
			return
		}
		gauge(ch, cacheBytes, float64(used))
		gauge(ch, cacheLimit, float64(max(limit, -1)))
	})
}

// WatchChain shows what a client has asked its nodes, sent and paid. Another one
// takes its place.
func (m *Metrics) WatchChain(c *chain.Client) {
	m.watch("chain", func(ch chan<- prometheus.Metric) {
		s := c.Stats()
		calls, failures := map[string]uint64{}, map[string]uint64{}
		for _, n := range s.Nodes { // one host may serve several, under URLs that are secret
			calls[n.Host] += n.Calls
			failures[n.Host] += n.Failures
		}
		for host := range calls {
			counter(ch, rpcCalls, calls[host], host)
			counter(ch, rpcFailures, failures[host], host)
		}
		counter(ch, transactions, s.Transactions-s.Refused, "done")
		counter(ch, transactions, s.Refused, "refused")
		counter(ch, fees, s.Fees)
	})
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(ch chan<- prometheus.Metric, d *prometheus.Desc, v uint64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

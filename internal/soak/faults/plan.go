package faults

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// Kind names a kind of fault.
type Kind string

// The kinds of faults. Those of a node hit the workers that are its clients, those of the chain everybody.
const (
	None           Kind = ""
	WorkerKilled   Kind = "worker killed"    // SIGKILL
	WorkerDumped   Kind = "worker dumped"    // SIGQUIT, which shows its goroutines
	WorkerStopped  Kind = "worker stopped"   // SIGTERM: it has to end in order, and soon
	NodeDown       Kind = "node down"        // every connection is cut
	NodeErrors     Kind = "node errors"      // 429, 503, errors in JSON-RPC, web pages, torn JSON
	NodeSlow       Kind = "node slow"        // answers take seconds
	NodeLags       Kind = "node lags"        // shows nothing newer than the beginning of the fault
	NodeLoses      Kind = "node loses"       // does what it is asked, and loses its answers
	ChainDown      Kind = "chain down"       // all nodes are
	ChainFrozen    Kind = "chain frozen"     // its process stands still: connections hang
	ChainEmpty     Kind = "chain empty"      // it is gone, and another one is there, set up anew
	GatewayWrong   Kind = "gateway wrong"    // bytes are flipped
	GatewayDrips   Kind = "gateway drips"    // a byte a second
	GatewayAbsent  Kind = "gateway absent"   // 404
	GatewayEndless Kind = "gateway endless"  // the answer never ends
	GatewayHangs   Kind = "gateway hangs"    // no answer at all
	GatewayCuts    Kind = "gateway cuts off" // half an answer
)

// fault is one fault of a plan.
type fault struct {
	at, lasts time.Duration // since the start
	kind      Kind
	target    int // of the workers that may be killed, the nodes or the gateways
}

// rate is how often faults of some kinds happen, and how long they last.
type rate struct {
	kinds       []Kind
	every       time.Duration // on average
	least, most time.Duration
	targets     int
}

// cast are the numbers of those whom faults can hit.
type cast struct{ workers, nodes, gateways int }

func rates(c cast) []rate {
	return []rate{
		{[]Kind{WorkerKilled, WorkerKilled, WorkerKilled, WorkerDumped, WorkerStopped}, 10 * time.Second, 0, 5 * time.Second, c.workers},
		{[]Kind{NodeDown, NodeErrors, NodeSlow, NodeLags, NodeLoses}, 20 * time.Second, 2 * time.Second, 20 * time.Second, c.nodes},
		{[]Kind{ChainDown, ChainFrozen}, 2 * time.Minute, 3 * time.Second, 15 * time.Second, 1},
		{[]Kind{GatewayWrong, GatewayDrips, GatewayAbsent, GatewayEndless, GatewayHangs, GatewayCuts}, 10 * time.Second, 5 * time.Second, 30 * time.Second, c.gateways},
	}
}

// plan draws the faults of a time, in order: the same ones for the same seed.
func plan(seed uint64, total time.Duration, c cast) (all []fault) {
	rng := rand.New(rand.NewPCG(seed, 9))
	for _, r := range rates(c) {
		for at := r.pause(rng); r.targets > 0 && at < total; at += r.pause(rng) {
			lasts := r.least + time.Duration(rng.Float64()*float64(r.most-r.least))
			all = append(all, fault{at, min(lasts, total-at), r.kinds[rng.IntN(len(r.kinds))], rng.IntN(r.targets)})
		}
	}
	for n, i := renewals(total), 0; i < n; i++ {
		share := total / time.Duration(n+1)
		all = append(all, fault{at: share*time.Duration(i+1) + time.Duration((rng.Float64()-0.5)*float64(share)/4), kind: ChainEmpty})
	}
	slices.SortStableFunc(all, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return all
}

// renewals are how often the chain comes back empty: every 20 minutes, but twice in a short time, and not in one in which
// hardly a round is over.
func renewals(total time.Duration) int {
	if total < time.Minute {
		return 0
	}
	return max(2, int(total/(20*time.Minute)))
}

func (r rate) pause(rng *rand.Rand) time.Duration {
	return time.Duration(rng.ExpFloat64() * float64(r.every))
}

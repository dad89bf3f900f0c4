package faults

import (
	"context"
	"os"
	"sync"
	"time"
)

// inject makes the faults happen, until ctx ends; a chain that it starts lives as long as life.
func (s *soak) inject(ctx, life context.Context) error {
	var open []*actor // to faults
	for _, a := range s.actors {
		if !a.lasting {
			open = append(open, a)
		}
	}
	var running sync.WaitGroup
	defer running.Wait()
	for _, f := range plan(s.cfg.Seed, s.cfg.Time, cast{len(open), nodes, gateways}) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(s.started.Add(f.at))):
		}
		s.tally.add(string(f.kind), 1)
		switch f.kind {
		case WorkerKilled:
			open[f.target].signal(os.Kill)
		case WorkerDumped:
			open[f.target].signal(dumpSignal)
		case WorkerStopped:
			running.Go(func() { s.stop(ctx, open[f.target]) })
		case NodeDown, NodeErrors, NodeSlow, NodeLags, NodeLoses:
			s.nodes[f.target].inject(f.kind, f.lasts)
		case ChainDown:
			for _, n := range s.nodes {
				n.inject(NodeDown, f.lasts)
			}
		case ChainFrozen:
			running.Go(func() { s.freeze(ctx, f.lasts) })
		case ChainEmpty:
			running.Wait() // nobody thaws a chain that is gone
			if err := s.renew(life); err != nil {
				return err
			}
		default:
			s.gateways[f.target].set(f.kind, f.lasts)
		}
	}
	<-ctx.Done()
	return nil
}

// stop asks a worker to end, and notes it where it does not.
func (s *soak) stop(ctx context.Context, a *actor) {
	pid := a.pid()
	if !a.signal(stopSignal) {
		return
	}
	deadline := time.Now().Add(grace)
	for a.pid() == pid {
		if time.Now().After(deadline) {
			s.tally.fault("%s did not end within %s of SIGTERM", a.name, grace)
			a.nudge(os.Kill)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// freeze stops the chain's process for a while.
func (s *soak) freeze(ctx context.Context, lasts time.Duration) {
	p := s.current().cmd.Process
	_ = p.Signal(freezeSignal)
	select {
	case <-ctx.Done():
	case <-time.After(lasts):
	}
	_ = p.Signal(thawSignal)
}

// drainTime is how long settling may take once there are no more faults: a round that was launched last lives so long
// where its creator has left, and everybody has backoffs of up to five minutes.
const drainTime = longEnough + gone + 6*time.Minute

// drain heals everything and waits until all rounds are settled.
func (s *soak) drain(ctx context.Context) error {
	for _, n := range s.nodes {
		n.set(None, 0)
	}
	for _, g := range s.gateways {
		g.set(None, 0)
	}
	e, end := s.current(), time.After(drainTime)
	for e.unsettled() > 0 {
		select {
		case <-ctx.Done():
			return nil
		case <-end:
			s.tally.fault("%d rounds were not settled %s after the last fault", e.unsettled(), drainTime)
			return nil
		case <-time.After(time.Second):
		}
	}
	if err := e.audit(); err != nil {
		s.tally.fault("era %d: %v", e.number, err)
	}
	s.dumpAll(ctx)
	return nil
}

// dumpAll has every worker show its goroutines.
func (s *soak) dumpAll(ctx context.Context) {
	for _, a := range s.actors {
		pid := a.pid()
		if ctx.Err() != nil {
			return // interrupted
		}
		if !a.signal(dumpSignal) {
			s.tally.fault("%s does not run at the end", a.name)
		}
		for until := time.Now().Add(grace); pid != 0 && a.pid() == pid && time.Now().Before(until); {
			time.Sleep(50 * time.Millisecond)
		}
	}
}

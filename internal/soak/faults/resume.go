package faults

import (
	"fmt"
	"time"
)

// lossBound is how much training a kill may cost: the checkpoint interval that the trainers are set to, and time for a
// batch, for writing and for a process that gets no processor for a while.
const (
	checkpoints = time.Second
	lossBound   = checkpoints + 3*time.Second
)

// resume checks that a training that was killed goes on where its last checkpoint was.
type resume struct {
	rounds map[uint64]*training
}

// training is what was told of one.
type training struct {
	epochs []told
	killed time.Time // zero: not since it was told of last
	done   bool
}

type told struct {
	epoch int
	at    time.Time
}

// accepted takes in that a worker begins with a round, or begins with it again.
func (r *resume) accepted(id uint64) {
	if r.rounds == nil {
		r.rounds = map[uint64]*training{}
	}
	if r.rounds[id] == nil {
		r.rounds[id] = &training{}
	}
}

// epoch takes in that an epoch was told of, and says what was lost if that is too much.
func (r *resume) epoch(id uint64, text string, at time.Time) (lost string) {
	var n, of int
	if _, err := fmt.Sscanf(text, "Epoch %d/%d", &n, &of); err != nil {
		return ""
	}
	t := r.rounds[id]
	if t == nil {
		return "" // of another chain's round of that number, which is gone
	}
	if t.done {
		*t = training{}
		return fmt.Sprintf("round %d: training began again at epoch %d after it was done", id, n)
	}
	if !t.killed.IsZero() {
		if reached := t.reached(t.killed.Add(-lossBound)); n < reached {
			lost = fmt.Sprintf("round %d: training went on at epoch %d, though epoch %d was reached %s before the kill", id, n, reached, lossBound)
		}
		*t = training{}
	}
	t.epochs = append(t.epochs, told{n, at})
	return lost
}

// reached is the epoch that was reached by a time.
func (t *training) reached(by time.Time) (epoch int) {
	for _, e := range t.epochs {
		if !e.at.After(by) {
			epoch = e.epoch
		}
	}
	return epoch
}

// killed takes in that the process ended.
func (r *resume) killed(at time.Time) {
	for _, t := range r.rounds {
		if t.killed.IsZero() {
			t.killed = at
		}
	}
}

// done takes in that a training was done, and its head is on disk. It returns how long this process trained.
func (r *resume) done(id uint64) time.Duration {
	t := r.rounds[id]
	if t == nil || t.done || len(t.epochs) == 0 {
		return 0
	}
	t.done = true
	return t.epochs[len(t.epochs)-1].at.Sub(t.epochs[0].at)
}

// forget forgets all, since another chain counts its rounds anew.
func (r *resume) forget() { r.rounds = nil }

package svm

// subscriber is one function given to Subscribe.
type subscriber struct {
	id int
	fn func(Event)
}

// Subscribe makes the bank call fn after every change of the ledger, in the order of the changes and one call at a
// time. fn may call any method of the bank. It runs in the goroutine that made the change (or a concurrent one), so a
// slow fn delays transactions. The returned function ends the subscription.
func (b *Bank) Subscribe(fn func(Event)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nextSub++
	id := b.nextSub
	b.subs = append(b.subs, subscriber{id, fn})
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		subs := make([]subscriber, 0, len(b.subs)) // a new slice: a delivery may be iterating over the old one
		for _, s := range b.subs {
			if s.id != id {
				subs = append(subs, s)
			}
		}
		b.subs = subs
	}
}

// emit queues an event; b.mu is held.
func (b *Bank) emit(ev Event) {
	if len(b.subs) > 0 {
		ev.Parent = b.state.slots.parent(ev.Slot)
		b.queue = append(b.queue, ev)
	}
}

// emitEnded queues the event of the slots that have ended since the slot before, if any; b.mu is held. It replaces such
// an event at the end of the queue: a bank that is only read must not fill its queue.
func (b *Bank) emitEnded(before uint64) {
	slot := b.state.slots.slot
	if slot <= before {
		return
	}
	b.emitEnd(slot - 1)
}

// emitEnd queues the event of a slot that has ended with its block; b.mu is held.
func (b *Bank) emitEnd(slot uint64) {
	ev := Event{Slot: slot, Parent: b.state.slots.parent(slot), Ended: true}
	if n := len(b.queue); n > 0 && b.queue[n-1].onlyTime() {
		b.queue[n-1] = ev
		return
	}
	b.emit(ev)
}

// onlyTime reports whether nothing but the slot has changed.
func (ev Event) onlyTime() bool { return ev.Ended && ev.Result == nil && len(ev.Accounts) == 0 }

// unlockAndNotify delivers the queue and releases b.mu. If another goroutine is delivering already, it leaves the rest
// to that one. A panic of a subscriber propagates to the goroutine that made the change; the bank remains usable.
func (b *Bank) unlockAndNotify() {
	defer b.mu.Unlock()
	if b.draining {
		return
	}
	b.draining = true
	defer func() { b.draining = false }()
	for len(b.queue) > 0 {
		ev := b.queue[0]
		b.queue = b.queue[1:]
		b.deliver(b.subs, ev)
	}
	b.queue = nil
}

// deliver calls the subscribers without holding b.mu.
func (b *Bank) deliver(subs []subscriber, ev Event) {
	b.mu.Unlock()
	defer b.mu.Lock()
	for _, s := range subs {
		s.fn(ev)
	}
}

package svm

// subscriber is one function given to Subscribe.
type subscriber struct {
	id int
	fn func(Event)
}

// Subscribe has fn called after every change of the ledger, in the order of the changes and one call at a time. fn may
// call any method of the bank. The goroutine that made the change (or one that made another at the same time) calls fn,
// so a slow fn holds up transactions. The returned function ends the subscription.
func (b *Bank) Subscribe(fn func(Event)) (cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nextSub++
	id := b.nextSub
	b.subs = append(b.subs, subscriber{id, fn})
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		subs := make([]subscriber, 0, len(b.subs)) // a new slice: a delivery may hold the old one
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
		b.queue = append(b.queue, ev)
	}
}

// unlockAndNotify releases b.mu and delivers the queue, unless somebody is doing so already: they will take the rest.
func (b *Bank) unlockAndNotify() {
	if b.draining {
		b.mu.Unlock()
		return
	}
	b.draining = true
	for len(b.queue) > 0 {
		ev := b.queue[0]
		b.queue = b.queue[1:]
		subs := b.subs
		b.mu.Unlock()
		for _, s := range subs {
			s.fn(ev)
		}
		b.mu.Lock()
	}
	b.queue = nil
	b.draining = false
	b.mu.Unlock()
}

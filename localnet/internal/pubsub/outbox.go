package pubsub

import "sync"

// outbox is a bounded queue of messages for one client: many producers, one
// consumer.
type outbox struct {
	maxMessages, maxBytes int
	ready                 chan struct{} // holds a token while there is something to take

	mu       sync.Mutex
	messages [][]byte
	bytes    int
}

func newOutbox(maxMessages, maxBytes int) *outbox {
	return &outbox{maxMessages: maxMessages, maxBytes: maxBytes, ready: make(chan struct{}, 1)}
}

// put reports whether message was queued. An empty outbox accepts any message.
func (o *outbox) put(message []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.messages); n >= o.maxMessages || (n > 0 && o.bytes+len(message) > o.maxBytes) {
		return false
	}
	o.messages = append(o.messages, message)
	o.bytes += len(message)
	select {
	case o.ready <- struct{}{}:
	default:
	}
	return true
}

// take returns the oldest message, or nil if there is none. It puts the ready
// token back if more messages wait.
func (o *outbox) take() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.messages) == 0 {
		return nil
	}
	message := o.messages[0]
	o.messages[0] = nil
	o.messages = o.messages[1:]
	o.bytes -= len(message)
	if len(o.messages) == 0 {
		o.messages = nil
		return message
	}
	select {
	case o.ready <- struct{}{}:
	default:
	}
	return message
}

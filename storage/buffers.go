package storage

import "sync"

// buffers lends memory for chunks, and takes it back once they are stored: a
// package's worth of garbage costs more time than its hashes. Only what it has
// lent comes back; what does not is kept, so lend only what will.
type buffers struct {
	mu   sync.Mutex
	free [][]byte
	lent map[*byte]struct{}
}

// lend returns size bytes of anything. A nil b has nothing to lend, and makes them.
func (b *buffers) lend(size int) []byte {
	if b == nil {
		return make([]byte, size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var data []byte
	if n := len(b.free) - 1; n >= 0 && cap(b.free[n]) >= size {
		data, b.free = b.free[n][:size], b.free[:n]
	} else {
		data = make([]byte, size)
	}
	if b.lent == nil {
		b.lent = map[*byte]struct{}{}
	}
	b.lent[&data[0]] = struct{}{}
	return data
}

// back takes data if it was lent. Nobody may use it any more.
func (b *buffers) back(data []byte) {
	if b == nil || len(data) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.lent[&data[0]]; ok {
		delete(b.lent, &data[0])
		b.free = append(b.free, data[:cap(data)])
	}
}

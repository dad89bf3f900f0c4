package storage

import "sync"

// bufferPool reuses memory for chunks: leaving a whole package to the garbage
// collector costs more time than hashing it. A buffer that is never put back
// stays in inUse, so get only buffers that will be put back.
type bufferPool struct {
	mu    sync.Mutex
	free  [][]byte
	inUse map[*byte]struct{}
}

// get returns size bytes with arbitrary content. A nil pool allocates them.
func (b *bufferPool) get(size int) []byte {
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
	if b.inUse == nil {
		b.inUse = map[*byte]struct{}{}
	}
	b.inUse[&data[0]] = struct{}{}
	return data
}

// put returns data to the pool if it came from there. The caller must not use
// it afterwards.
func (b *bufferPool) put(data []byte) {
	if b == nil || len(data) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.inUse[&data[0]]; ok {
		delete(b.inUse, &data[0])
		b.free = append(b.free, data[:cap(data)])
	}
}

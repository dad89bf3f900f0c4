package worker

import "sync"

// maxMemo bounds how much a Memo remembers.
const maxMemo = 1 << 14

// Memo remembers a value for each key. Once it holds maxMemo of them, a new one makes it forget the others. It is safe
// for concurrent use; the zero value is empty.
type Memo[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]V
}

// Get returns what is remembered of key.
func (c *Memo[K, V]) Get(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok = c.m[key]
	return v, ok
}

// Put remembers v.
func (c *Memo[K, V]) Put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.m[key]; !ok && len(c.m) >= maxMemo || c.m == nil {
		c.m = map[K]V{}
	}
	c.m[key] = v
}

// Forget forgets key.
func (c *Memo[K, V]) Forget(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, key)
}

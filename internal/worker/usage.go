package worker

import "sync/atomic"

// Usage is what a worker has in use of its budgets.
type Usage struct {
	Memory, MaxMemory       int64 // bytes of packages, embeddings and heads, about
	Computing, MaxComputing int   // rounds or models
}

// Used is how many bytes of its budget the cache holds, and how large that is.
func (c *Cache[K, V]) Used() (bytes, budget int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used, c.size
}

// UsageOf is the usage of a worker with a cache, and parallel places for what
// computes, of which computing are taken.
func UsageOf[K comparable, V any](c *Cache[K, V], computing *atomic.Int64, parallel int) Usage {
	used, budget := c.Used()
	return Usage{Memory: used, MaxMemory: budget, Computing: int(computing.Load()), MaxComputing: max(1, parallel)}
}

// counted counts a job that computes until the function that it returns is called.
func (l *loop[J]) counted() (end func()) {
	if l.Computing == nil {
		return func() {}
	}
	l.Computing.Add(1)
	return func() { l.Computing.Add(-1) }
}

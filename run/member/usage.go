package member

import "github.com/decloud-sdk/decloud-go/internal/worker"

// Usage is what a worker has in use: Memory for the package, the samples and the
// model, about, without a round's updates, which are the store's; and Computing, 1
// while it trains. There is no budget for the memory of one run (MaxMemory is 0):
// [Config].MaxData and the store's limits bound what is read.
type Usage = worker.Usage

// Usage is what the worker has in use now.
func (w *Worker) Usage() Usage {
	return Usage{Memory: w.cache.bytes(), Computing: int(w.busy.Load()), MaxComputing: 1}
}

// bytes is what the cache holds in memory, about; while something is fetched into it,
// what it held before.
func (c *cache) bytes() (sum int64) {
	if !c.mu.TryLock() {
		return c.held.Load()
	}
	defer c.mu.Unlock()
	defer func() { c.held.Store(sum) }()
	if c.pkg != nil {
		if cost, err := c.pkg.Cost(); err == nil {
			sum = cost.Bytes + cost.HeadBytes // the model's head is as large
		}
	}
	return sum + 4*int64(len(c.x.Data)) + 8*int64(len(c.y))
}

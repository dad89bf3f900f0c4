package worker

import (
	lru "container/list"
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrMemory is wrapped by errors about something that needs more memory than the whole budget.
var ErrMemory = errors.New("more memory than there is for this worker")

// Cache keeps decoded values within a budget of bytes, which whoever works with them shares: what a value holds counts
// as long as it is kept, what its user needs besides as long as it is used. Values in use stay; the others are dropped,
// least recently used first, when somebody needs their bytes. Those who have to wait get their bytes in the order in
// which they asked, all at once, so that nobody holds a part while waiting for the rest. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	size int64

	mu     sync.Mutex
	used   int64
	values map[K]*value[V]
	idle   *lru.List // keys that nobody uses, least recently used first
	queue  []chan struct{}
}

// value is a value that is kept, or about to be loaded.
type value[V any] struct {
	bytes  int64
	users  int
	idle   *lru.Element
	loader places // one place: whoever has it may load
	loaded bool
	v      V
}

// NewCache returns a cache with a budget of size bytes.
func NewCache[K comparable, V any](size int64) *Cache[K, V] {
	return &Cache[K, V]{size: size, values: map[K]*value[V]{}, idle: lru.New()}
}

// Use returns the value of key, which load makes if it is not kept, once for all who ask. bytes are what the value
// holds, work what the caller needs besides until it calls release. Use waits until both are free; it fails at once with
// [ErrMemory] where they never will be. If load fails, the error is the caller's, and the next one tries again.
func (c *Cache[K, V]) Use(ctx context.Context, key K, bytes, work int64, load func(context.Context) (V, error)) (v V, release func(), err error) {
	if bytes < 0 || work < 0 || bytes > c.size-work {
		return v, nil, fmt.Errorf("%d MiB, of a budget of %d: %w", (bytes+work)>>20+1, c.size>>20, ErrMemory)
	}
	e, err := c.acquire(ctx, key, bytes, work)
	if err != nil {
		return v, nil, err
	}
	release = sync.OnceFunc(func() { c.release(key, e, work) })
	if err := e.load(ctx, load); err != nil {
		release()
		return v, nil, err
	}
	return e.v, release, nil
}

// load makes the value unless it is there.
func (e *value[V]) load(ctx context.Context, load func(context.Context) (V, error)) (err error) {
	if err := e.loader.take(ctx); err != nil {
		return err
	}
	defer e.loader.give()
	if !e.loaded {
		if e.v, err = load(ctx); err != nil {
			return err
		}
		e.loaded = true
	}
	return nil
}

// acquire takes the bytes of a value, unless it is kept, and those of its user.
func (c *Cache[K, V]) acquire(ctx context.Context, key K, bytes, work int64) (*value[V], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for turn := false; ; turn = true {
		if turn || len(c.queue) == 0 {
			if e := c.try(key, bytes, work); e != nil {
				c.wake()
				return e, nil
			}
		}
		if err := c.wait(ctx, turn); err != nil {
			c.wake()
			return nil, err
		}
	}
}

// wait waits until it is this caller's turn to try; one whose turn it was keeps it. c.mu is held, and released while it
// waits.
func (c *Cache[K, V]) wait(ctx context.Context, first bool) error {
	mine := make(chan struct{})
	if first {
		c.queue = append([]chan struct{}{mine}, c.queue...)
	} else {
		c.queue = append(c.queue, mine)
	}
	c.mu.Unlock()
	var err error
	select {
	case <-mine:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	c.mu.Lock()
	for i, q := range c.queue {
		if q == mine {
			c.queue = append(c.queue[:i:i], c.queue[i+1:]...)
			break
		}
	}
	return err
}

// wake gives the one who waits longest its turn; c.mu is held.
func (c *Cache[K, V]) wake() {
	if len(c.queue) > 0 {
		close(c.queue[0])
		c.queue = c.queue[1:]
	}
}

// try takes the bytes if they are free or can be made so; c.mu is held.
func (c *Cache[K, V]) try(key K, bytes, work int64) *value[V] {
	e := c.values[key]
	need := work
	if e == nil {
		need += bytes
	} else if e.idle != nil {
		c.idle.Remove(e.idle) // it must not make way for itself
		e.idle = nil
	}
	if !c.makeRoom(need) {
		if e != nil && e.users == 0 {
			e.idle = c.idle.PushBack(key)
		}
		return nil
	}
	if e == nil {
		e = &value[V]{bytes: bytes, loader: newPlaces(1)}
		c.values[key] = e
	}
	e.users++
	c.used += need
	return e
}

// makeRoom drops values that nobody uses until need bytes are free.
func (c *Cache[K, V]) makeRoom(need int64) bool {
	for c.used > c.size-need && c.idle.Len() > 0 {
		c.drop(c.idle.Front())
	}
	return c.used <= c.size-need
}

// Trim drops the values that nobody uses and that keep does not want: nobody will ask for them again.
func (c *Cache[K, V]) Trim(keep func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.idle.Front(); e != nil; {
		next := e.Next()
		if key := e.Value.(K); !keep(key) {
			c.drop(e)
		}
		e = next
	}
	c.wake()
}

// drop drops a value that nobody uses; c.mu is held.
func (c *Cache[K, V]) drop(e *lru.Element) {
	key := c.idle.Remove(e).(K)
	c.used -= c.values[key].bytes
	delete(c.values, key)
}

func (c *Cache[K, V]) release(key K, e *value[V], work int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used -= work
	if e.users--; e.users == 0 {
		if e.loaded {
			e.idle = c.idle.PushBack(key)
		} else {
			c.used -= e.bytes
			delete(c.values, key)
		}
	}
	c.wake()
}

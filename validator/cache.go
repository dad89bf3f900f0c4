package validator

import (
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// modelKey names a model: the same package may stand in rounds about different
// data sets, and is then checked against each.
type modelKey struct {
	root cid.Cid
	data dataset.ID
}

// modelCache keeps the few models that were used last. Several steps that need
// the same one wait for the first to load it.
type modelCache struct {
	mu      sync.Mutex
	max     int
	entries map[modelKey]*cachedModel
}

type cachedModel struct {
	token  chan struct{} // holds one token: whoever has it may load the model
	*model               // nil until it is loaded
	used   time.Time
}

func newModelCache(most int) modelCache {
	return modelCache{max: most, entries: map[modelKey]*cachedModel{}}
}

// entry returns the entry of a model, which is empty at first.
func (c *modelCache) entry(key modelKey) *cachedModel {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		c.evict()
		e = &cachedModel{token: make(chan struct{}, 1)}
		e.token <- struct{}{}
		c.entries[key] = e
	}
	e.used = time.Now()
	return e
}

// evict removes the least recently used model where the cache is full; c.mu is
// held.
func (c *modelCache) evict() {
	if len(c.entries) < c.max {
		return
	}
	var oldest modelKey
	first := true
	for key, e := range c.entries {
		if first || e.used.Before(c.entries[oldest].used) {
			oldest, first = key, false
		}
	}
	delete(c.entries, oldest)
}

// normCache keeps ‖head‖₂ of gradients by their CIDs, so that an earlier one is
// read again only where a later one may be its copy.
type normCache struct {
	mu    sync.Mutex
	norms map[string]float64
}

// maxNorms bounds what is kept.
const maxNorms = 1 << 14

func newNormCache() normCache { return normCache{norms: map[string]float64{}} }

func (c *normCache) get(cid string) (float64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	norm, ok := c.norms[cid]
	return norm, ok
}

func (c *normCache) put(cid string, norm float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.norms) >= maxNorms {
		clear(c.norms)
	}
	c.norms[cid] = norm
}

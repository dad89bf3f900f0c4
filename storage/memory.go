package storage

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
)

// DefaultMemoryBytes is how much a store keeps in memory of what it was asked to keep
// there, unless [Config.MemoryBytes] says otherwise.
const DefaultMemoryBytes = 64 << 20

// memory keeps blocks that are needed only for a while, each for the roots that have it. What is in use is never
// dropped: where there is no room beside that, blocks go to the disk. A nil memory is empty.
type memory struct {
	limit int64
	inUse func(root cid.Cid) bool

	mu     sync.Mutex
	bytes  int64
	now    uint64 // counts uses
	roots  map[cid.Cid]*keptRoot
	blocks map[string]*keptBlock // by file name
}

type keptRoot struct {
	names map[string]struct{} // of its blocks
	used  uint64
}

type keptBlock struct {
	data  []byte
	roots int // that have it
}

func newMemory(limit int64, inUse func(cid.Cid) bool) *memory {
	return &memory{limit: limit, inUse: inUse, roots: map[cid.Cid]*keptRoot{}, blocks: map[string]*keptBlock{}}
}

// put keeps a verified block for a root, and reports whether it does. It takes ownership of data.
func (m *memory) put(root cid.Cid, name string, data []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.blocks[name]; !ok {
		if !m.room(int64(len(data))) {
			return false
		}
		if cap(data) > len(data)+len(data)/8 {
			data = slices.Clone(data)
		}
		m.blocks[name] = &keptBlock{data: data}
		m.bytes += int64(len(data))
	}
	m.keep(root, name)
	return true
}

// get returns a block, which the caller must not change. For a root that is defined, it is one of its blocks from now on.
func (m *memory) get(root cid.Cid, name string) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blocks[name]
	if !ok {
		return nil, false
	}
	if root.Defined() {
		m.keep(root, name)
	}
	return b.data, true
}

// keep notes that a root has a block. The lock is held.
func (m *memory) keep(root cid.Cid, name string) {
	r := m.roots[root]
	if r == nil {
		r = &keptRoot{names: map[string]struct{}{}}
		m.roots[root] = r
	}
	m.now++
	r.used = m.now
	if _, ok := r.names[name]; !ok {
		r.names[name] = struct{}{}
		m.blocks[name].roots++
	}
}

// has reports whether something of a root is kept.
func (m *memory) has(root cid.Cid) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.roots[root] != nil
}

// release drops a root that is not in use any more.
func (m *memory) release(root cid.Cid) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.roots[root] != nil && !m.inUse(root) {
		m.drop(root)
	}
}

// room drops the least recently used roots until n more bytes fit, and reports whether they do. The lock is held.
func (m *memory) room(n int64) bool {
	if m.bytes+n <= m.limit {
		return true
	}
	var idle []cid.Cid
	for root := range m.roots {
		if !m.inUse(root) {
			idle = append(idle, root)
		}
	}
	slices.SortFunc(idle, func(a, b cid.Cid) int { return cmp.Compare(m.roots[a].used, m.roots[b].used) })
	for _, root := range idle {
		if m.drop(root); m.bytes+n <= m.limit {
			return true
		}
	}
	return false
}

func (m *memory) drop(root cid.Cid) {
	for name := range m.roots[root].names {
		b := m.blocks[name]
		if b.roots--; b.roots == 0 {
			delete(m.blocks, name)
			m.bytes -= int64(len(b.data))
		}
	}
	delete(m.roots, root)
}

// forRoot are the blocks of disk and memory, where what is written for root is kept in memory as long as there is room.
func (b *blocks) forRoot(root cid.Cid) *blocks {
	c := *b
	c.root = root
	return &c
}

// toDisk writes what memory has of a complete root to the disk, and reports whether all of it is there now.
// They stay held until the caller releases w.
func (s *Store) toDisk(ctx context.Context, root cid.Cid, w *writer) bool {
	err := walkBlocks(ctx, s.local, root, w.put)
	return w.flush() == nil && err == nil
}

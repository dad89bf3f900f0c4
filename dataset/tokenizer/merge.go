package tokenizer

// workspace is the memory that encoding a text needs. Each goroutine has one.
type workspace struct {
	pieces, next []piece
	symbols      []symbol
	heap         []candidate
	best         []node
	words        map[string][]int32 // ids of words met before
	ids          []int32
}

// symbol is a part of a word: a list linked both ways. A removed one has
// next == gone.
type symbol struct {
	id, prev, next int32
}

const gone = -2

// candidate is a merge that may be done at a position.
type candidate struct{ rank, pos, id int32 }

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || (c.rank == d.rank && c.pos < d.pos)
}

// add appends a symbol.
func (w *workspace) add(id int32) {
	n := int32(len(w.symbols))
	if n > 0 {
		w.symbols[n-1].next = n
	}
	w.symbols = append(w.symbols, symbol{id, n - 1, -1})
}

// mergeAll does merges, lowest rank first and leftmost among equals, until none
// is left.
func (w *workspace) mergeAll(merges map[pair]merge) {
	w.heap = w.heap[:0]
	for i := range w.symbols[:max(len(w.symbols), 1)-1] {
		w.consider(int32(i), merges)
	}
	for len(w.heap) > 0 {
		top := w.pop()
		s := &w.symbols[top.pos]
		if s.next < 0 { // removed, or the last
			continue
		}
		right := w.symbols[s.next]
		if m, ok := merges[pair{s.id, right.id}]; !ok || m.id != top.id {
			continue // what it was made for has changed
		}
		w.symbols[s.next].next = gone
		s.id, s.next = top.id, right.next
		if s.next >= 0 {
			w.symbols[s.next].prev = top.pos
		}
		if s.prev >= 0 {
			w.consider(s.prev, merges)
		}
		w.consider(top.pos, merges)
	}
}

// consider adds the merge of the symbols at i and behind it, if there is one.
func (w *workspace) consider(i int32, merges map[pair]merge) {
	s := w.symbols[i]
	if s.next < 0 {
		return
	}
	if m, ok := merges[pair{s.id, w.symbols[s.next].id}]; ok {
		w.push(candidate{m.rank, i, m.id})
	}
}

// push and pop keep the heap (container/heap would box every candidate).
func (w *workspace) push(c candidate) {
	w.heap = append(w.heap, c)
	h := w.heap
	i := len(h) - 1
	for i > 0 && c.before(h[(i-1)/2]) {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = c
}

func (w *workspace) pop() candidate {
	h := w.heap
	top, c := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		k := 2*i + 1
		if k >= len(h) {
			break
		}
		if k+1 < len(h) && h[k+1].before(h[k]) {
			k++
		}
		if !h[k].before(c) {
			break
		}
		h[i] = h[k]
		i = k
	}
	if len(h) > 0 {
		h[i] = c
	}
	w.heap = h
	return top
}

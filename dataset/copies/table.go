package copies

// bucket is how many rows are kept under one key: the first. Rows that share boilerplate
// would all be compared with each other otherwise.
const bucket = 16

// table finds rows by any of their keys. Keys may lie under others by chance: whoever
// looks compares the rows.
type table struct {
	slots []slot
	used  int
}

// slot is free if its row is 0; rows are counted from 1.
type slot struct {
	key uint32
	row int32
}

// find calls visit with the rows under a key.
func (t *table) find(key uint32, visit func(row int32)) (n int) {
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint32(len(t.slots) - 1)
	for at := key & mask; t.slots[at].row != 0; at = (at + 1) & mask {
		if t.slots[at].key == key {
			n++
			if visit != nil {
				visit(t.slots[at].row - 1)
			}
		}
	}
	return n
}

// add puts a row under a key.
func (t *table) add(key uint32, row int32) {
	if t.find(key, nil) >= bucket {
		return
	}
	if 4*(t.used+1) > 3*len(t.slots) {
		old := t.slots
		t.slots = make([]slot, max(1<<10, 2*len(old)))
		for _, s := range old {
			if s.row != 0 {
				t.put(s)
			}
		}
	}
	t.put(slot{key, row + 1})
	t.used++
}

func (t *table) put(s slot) {
	mask := uint32(len(t.slots) - 1)
	at := s.key & mask
	for t.slots[at].row != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = s
}

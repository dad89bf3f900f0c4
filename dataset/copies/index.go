package copies

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// pivots are how many directions every other one's distance is taken from: near ones have
// similar distances from all of them.
const pivots = 3

// head is how many coordinates of a direction are compared before the others.
const head = 8

// choice is how many rows pivots are chosen from.
const choice = 1000

// Index finds the first of many rows that a row is a copy of. Reading it from several
// goroutines is safe, adding is not.
type Index struct {
	near   int64 // squared distance of directions that are alike
	radius int64 // its root, rounded up

	rows  int32
	exact map[[16]byte]int32

	texts   []signature
	textRow []int32
	keys    table

	directions   [][]int16
	directionRow []int32
	pivots       [][]int16
	heads        []int // the coordinates that differ most between rows
	cells        map[[pivots]int32]*cell
}

// cell holds directions that are about equally far from the pivots, in their order. What is
// compared first of each lies one behind the other.
type cell struct {
	heads [][head]int16
	which []int32
}

// NewIndex returns an index of rows, in their order. near is the cosine of directions that are
// alike, 0.9 to below 1; at 1 directions are not compared. It says nothing about texts.
func NewIndex(near float64, rows []Print) *Index { return newIndex(near, rows, rows) }

// newIndex is NewIndex with directions that pivots are chosen from.
func newIndex(near float64, rows, from []Print) *Index {
	ix := &Index{near: squareOf(near), exact: map[[16]byte]int32{}, cells: map[[pivots]int32]*cell{}}
	ix.radius = int64(math.Ceil(math.Sqrt(float64(ix.near)))) + 1
	ix.choose(from)
	ix.heads = widest(from[:min(len(from), choice)])
	for _, p := range rows {
		ix.add(p)
	}
	return ix
}

// empty is an index without rows, for directions that are spread as these are.
func (ix *Index) empty() *Index {
	return &Index{near: ix.near, radius: ix.radius, exact: map[[16]byte]int32{}, cells: map[[pivots]int32]*cell{}, pivots: ix.pivots, heads: ix.heads}
}

// choose takes pivots that are far apart: the first, the farthest from it, and the farthest
// from both.
func (ix *Index) choose(from []Print) {
	var last []int16
	least := make([]int64, min(len(from), choice))
	for i := range least {
		least[i] = math.MaxInt64
	}
	for range pivots {
		best, at := int64(0), -1
		for i := range least {
			d := from[i].direction
			if d == nil {
				continue
			}
			if last != nil {
				least[i] = min(least[i], apart(d, last, math.MaxInt64))
			}
			if least[i] > best {
				best, at = least[i], i
			}
		}
		if at < 0 {
			return
		}
		last = from[at].direction
		ix.pivots = append(ix.pivots, last)
	}
}

// widest are the coordinates with the largest variances, at most head of them.
func widest(rows []Print) []int {
	var sum, square []int64
	n := int64(0)
	for _, p := range rows {
		if len(sum) == 0 {
			sum, square = make([]int64, len(p.direction)), make([]int64, len(p.direction))
		}
		if len(p.direction) == 0 || len(p.direction) != len(sum) {
			continue
		}
		n++
		for i, v := range p.direction {
			sum[i] += int64(v)
			square[i] += int64(v) * int64(v)
		}
	}
	order := make([]int, len(sum))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(n*square[b]-sum[b]*sum[b], n*square[a]-sum[a]*sum[a]) })
	return order[:min(head, len(order))]
}

// headOf are those coordinates of a direction.
func (ix *Index) headOf(d []int16) (h [head]int16) {
	for i, at := range ix.heads {
		if at < len(d) {
			h[i] = d[at]
		}
	}
	return h
}

// cellOf says how far a direction is from the pivots.
func (ix *Index) cellOf(d []int16) (c [pivots]int32) {
	for i, p := range ix.pivots {
		c[i] = int32(int64(math.Sqrt(float64(apart(d, p, math.MaxInt64)))) / (ix.radius + 1))
	}
	return c
}

// Len is the number of rows.
func (ix *Index) Len() int { return int(ix.rows) }

// add puts a row behind the others.
func (ix *Index) add(p Print) {
	row := ix.rows
	ix.rows++
	if _, ok := ix.exact[p.exact]; !ok {
		ix.exact[p.exact] = row
	}
	if p.text != nil {
		n := int32(len(ix.texts))
		ix.texts, ix.textRow = append(ix.texts, p.text.sig), append(ix.textRow, row)
		for _, key := range p.text.keys {
			ix.keys.add(key, n)
		}
	}
	if p.direction != nil && ix.near > 0 {
		at := ix.cellOf(p.direction)
		if ix.cells[at] == nil {
			ix.cells[at] = &cell{}
		}
		c := ix.cells[at]
		c.heads, c.which = append(c.heads, ix.headOf(p.direction)), append(c.which, int32(len(ix.directions)))
		ix.directions, ix.directionRow = append(ix.directions, p.direction), append(ix.directionRow, row)
	}
}

// find is the first row that p is a copy of; -1 if there is none.
func (ix *Index) find(p Print) int32 {
	best := int32(math.MaxInt32)
	if row, ok := ix.exact[p.exact]; ok {
		best = row
	}
	if p.text != nil {
		best = min(best, ix.findText(p.text))
	}
	if p.direction != nil {
		best = min(best, ix.findDirection(p.direction))
	}
	if best == math.MaxInt32 {
		return -1
	}
	return best
}

func (ix *Index) findText(t *textPrint) int32 {
	best := int32(math.MaxInt32)
	for _, key := range t.keys {
		ix.keys.find(key, func(n int32) {
			if row := ix.textRow[n]; row < best && ix.texts[n].agree(&t.sig) >= alike {
				best = row
			}
		})
	}
	return best
}

func (ix *Index) findDirection(d []int16) int32 {
	best, c, h := int32(math.MaxInt32), ix.cellOf(d), ix.headOf(d)
	for k := range 27 {
		in := ix.cells[[pivots]int32{c[0] + int32(k%3) - 1, c[1] + int32(k/3%3) - 1, c[2] + int32(k/9) - 1}]
		if in == nil {
			continue
		}
		for i := range in.heads {
			if apartHeads(&in.heads[i], &h) > ix.near {
				continue
			}
			n := in.which[i]
			if ix.directionRow[n] >= best {
				break // they are in their order
			}
			if len(ix.directions[n]) == len(d) && apart(ix.directions[n], d, ix.near) <= ix.near {
				best = ix.directionRow[n]
				break
			}
		}
	}
	return best
}

func apartHeads(a, b *[head]int16) (sum int64) {
	for i := range a {
		d := int64(a[i]) - int64(b[i])
		sum += d * d
	}
	return sum
}

// Near reports of each row whether it is a copy of one of the index's.
func (ix *Index) Near(rows []Print) []bool {
	near := make([]bool, len(rows))
	each(len(rows), func(i int) { near[i] = ix.find(rows[i]) >= 0 })
	return near
}

// each calls f with 0 … n-1, on every processor.
func each(n int, f func(i int)) {
	const piece = 64
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+piece-1)/piece) {
		group.Go(func() {
			for from := int(next.Add(piece)) - piece; from < n; from = int(next.Add(piece)) - piece {
				for i := from; i < min(from+piece, n); i++ {
					f(i)
				}
			}
		})
	}
	group.Wait()
}

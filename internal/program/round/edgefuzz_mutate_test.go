package round_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// A mutator changes inputs at random.
type mutator struct {
	*arena
	*rand.Rand
	corpus func() fuzzInput // any entry, to take parts from
}

// numbers are what rules turn on.
var numbers = []uint64{0, 1, 2, 3, 7, 23, 24, 25, 46, 64, 65, 99, 100, 254, 255, 256, 499, 500, 501, 1000, 1001, 9999, 10_000, 10_001,
	65_535, 1_000_000, sol, 500 * sol, 999 * sol, 1000 * sol, start, start + 60, start + 7200, start + 30*day, day,
	math.MaxInt32, math.MaxUint32, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64}

// skews are by how much the clock moves, in seconds.
var skews = []int64{0, 0, 1, 59, 60, 599, 600, 601, 1200, 1800, 3599, 3600, 7199, 7200, 10_000, 43_200, day, 200_000, 30 * day, 181 * day, 400 * day, -1, -600, -10_000}

func (m *mutator) model() fuzzCall { return m.models[m.IntN(len(m.models))].clone() }

// surroundings changes what happens before the last call.
func (m *mutator) surroundings(in *fuzzInput) {
	s := in.last()
	switch m.IntN(7) {
	case 0:
		in.World = m.IntN(len(m.worlds))
	case 1:
		s.Skew = skews[m.IntN(len(skews))]
	case 2:
		s.Skew = m.Int64N(1<<uint(m.IntN(26)+1)) - 1000
	case 3, 4:
		if len(s.Gifts) < 3 {
			s.Gifts = append(s.Gifts, fuzzGift{m.place(in, s.Calls), m.amount()})
		} else {
			s.Gifts = s.Gifts[1:]
		}
	case 5: // what was looked at has happened, something else comes next
		if len(in.Steps) < 4 {
			in.Steps = append(in.Steps, fuzzStep{Calls: []fuzzCall{m.model()}})
		}
	default:
		if len(in.Steps) > 1 {
			i := m.IntN(len(in.Steps) - 1)
			in.Steps = append(in.Steps[:i:i], in.Steps[i+1:]...)
		}
	}
}

// place is an account of the calls, or any.
func (m *mutator) place(in *fuzzInput, calls []fuzzCall) int {
	if k := calls[m.IntN(len(calls))]; len(k.Refs) > 0 && m.IntN(3) > 0 {
		return k.Refs[m.IntN(len(k.Refs))].place()
	}
	return m.IntN(len(m.pool))
}

func (m *mutator) amount() uint64 {
	if m.IntN(2) == 0 {
		return min(numbers[m.IntN(len(numbers))], 1<<62)
	}
	return rent([]int{0, 53, 55, 60, 73, 88, 129, 200, 256, 992}[m.IntN(10)]) + uint64(m.IntN(3)) - 1
}

// calls changes the last transaction.
func (m *mutator) calls(in *fuzzInput) {
	s := in.last()
	for range 1 + m.IntN(4) {
		k := &s.Calls[m.IntN(len(s.Calls))]
		switch m.IntN(20) {
		case 0, 1, 2, 3, 4, 5, 6, 7:
			m.data(k)
		case 8, 9, 10, 11, 12, 13, 14, 15, 16:
			m.refs(in, k)
		case 17:
			*k = m.model()
		case 18:
			if len(s.Calls) < 3 {
				s.Calls = append(s.Calls, m.model())
			} else {
				s.Calls = s.Calls[:len(s.Calls)-1]
			}
		default: // the arguments or the accounts of another call
			other := m.corpus().last().Calls[0]
			if m.IntN(2) == 0 {
				k.Data = other.clone().Data
			} else {
				k.Refs = other.clone().Refs
			}
		}
	}
}

func (m *mutator) data(k *fuzzCall) {
	if len(k.Data) == 0 {
		k.Data = m.model().Data
	}
	at := m.IntN(len(k.Data))
	if at < 8 && m.IntN(4) > 0 { // mostly leave the discriminator
		at = min(8, len(k.Data)-1)
	}
	rest := k.Data[at:]
	number := numbers[m.IntN(len(numbers))]
	switch m.IntN(9) {
	case 0:
		k.Data[at] ^= 1 << m.IntN(8)
	case 1:
		k.Data[at] = byte(m.Uint32())
	case 2:
		rest[0] = byte(number)
	case 3, 4:
		width := []int{2, 4, 8}[m.IntN(3)]
		if len(rest) >= width {
			copy(rest[:width], binary.LittleEndian.AppendUint64(nil, number))
		}
	case 5:
		k.Data = k.Data[:at]
	case 6:
		k.Data = append(k.Data, make([]byte, m.IntN(100))...)
	case 7:
		if len(rest) >= 8 {
			binary.LittleEndian.PutUint64(rest, binary.LittleEndian.Uint64(rest)+uint64(m.IntN(5))-2)
		}
	default:
		if len(rest) >= 32 {
			copy(rest[:32], m.pool[m.IntN(len(m.pool))][:])
		}
	}
}

func (m *mutator) refs(in *fuzzInput, k *fuzzCall) {
	if len(k.Refs) == 0 {
		k.Refs = m.model().Refs
		return
	}
	i, j := m.IntN(len(k.Refs)), m.IntN(len(k.Refs))
	switch m.IntN(12) {
	case 0, 1:
		k.Refs[i] = k.Refs[i].with(m.IntN(len(m.pool)))
	case 2, 3, 4: // another of its kind
		for _, kind := range sorted(m.worlds[in.World].kinds) {
			places := m.worlds[in.World].kinds[kind]
			for _, p := range places {
				if p == k.Refs[i].place() {
					k.Refs[i] = k.Refs[i].with(places[m.IntN(len(places))])
					return
				}
			}
		}
	case 5:
		k.Refs[i] ^= 1
	case 6:
		k.Refs[i] ^= 2
	case 7:
		k.Refs[i] = k.Refs[i].with(k.Refs[j].place())
	case 8:
		k.Refs[i], k.Refs[j] = k.Refs[j], k.Refs[i]
	case 9:
		k.Refs = append(k.Refs[:i:i], k.Refs[i+1:]...)
	case 10:
		k.Refs = append(k.Refs, newRef(m.IntN(len(m.pool)), m.IntN(2) == 0, m.IntN(2) == 0))
	default: // many
		for range m.IntN(60) {
			k.Refs = append(k.Refs, newRef(m.place(in, in.last().Calls), m.IntN(2) == 0, false))
		}
	}
}

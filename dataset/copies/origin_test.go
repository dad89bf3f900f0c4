package copies

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// rowsOf are different texts, numbered.
func rowsOf(from, to int) (rows []Print) {
	for i := from; i < to; i++ {
		rows = append(rows, OfText(text(i)))
	}
	return rows
}

func text(i int) string {
	s := ""
	for k := range 20 {
		s += fmt.Sprintf("w%d ", mix(uint64(100*i+k))%100_000)
	}
	return s
}

func TestOrigins(t *testing.T) {
	o := NewOrigins(0.995, nil)
	submit := func(trainer string, rows []Print) Look {
		l := o.Look(trainer, rows)
		o.Add(l)
		return l
	}
	ann := submit("ann", rowsOf(0, 100))
	require.Equal(t, 0, ann.Foreign)
	require.False(t, ann.Copy())

	half := submit("bob", append(rowsOf(0, 50), rowsOf(100, 150)...))
	require.Equal(t, 50, half.Foreign)
	require.Equal(t, "ann", half.Most)
	require.False(t, half.Copy(), "half is not more than half")

	// The union counts: 40 of ann's and 20 of bob's are 60 that are not carl's.
	union := submit("carl", append(append(rowsOf(0, 40), rowsOf(100, 120)...), rowsOf(200, 240)...))
	require.Equal(t, Look{Trainer: "carl", Rows: 100, Foreign: 60, Most: "ann", MostRows: 40, rows: union.rows, origin: union.origin}, union)
	require.True(t, union.Copy())

	again := submit("ann", rowsOf(0, 100))
	require.Equal(t, 0, again.Foreign, "an unchanged data set goes into every epoch")
	require.Equal(t, 240-50, o.Rows(), "what is known is not kept twice")
	require.Equal(t, 50, submit("ann", rowsOf(100, 150)).Foreign, "but bob's rows stay bob's")
	require.False(t, o.Look("bob", rowsOf(100, 150)).Copy())
	require.True(t, o.Look("dora", rowsOf(0, 240)).Copy())
	require.Equal(t, 0, o.Look("dora", nil).Foreign)
	require.False(t, o.Look("dora", nil).Copy())
}

// What is added to a fork nobody else learns of; what came before stays whose it was.
func TestFork(t *testing.T) {
	o := NewOrigins(0.995, nil)
	o.Add(o.Look("ann", rowsOf(0, 50)))
	f := o.Fork()
	f.Add(f.Look("bob", rowsOf(0, 100)))
	require.Equal(t, 50, o.Rows())
	require.Equal(t, 100, f.Rows())
	carl := f.Look("carl", append(rowsOf(0, 30), rowsOf(50, 80)...))
	require.Equal(t, 60, carl.Foreign, "the union of both")
	require.Equal(t, []string{"ann", "30"}, []string{carl.Most, fmt.Sprint(carl.MostRows)})
	require.Equal(t, 0, f.Look("ann", rowsOf(0, 50)).Foreign)
	require.Equal(t, 50, f.Look("ann", rowsOf(50, 100)).Foreign)
	require.False(t, o.Look("carl", rowsOf(50, 80)).Copy())
	require.False(t, o.Fork().Look("carl", rowsOf(50, 80)).Copy())

	images := NewOrigins(0.995, nil)
	images.Add(images.Look("ann", []Print{OfSample([]float32{1, 0}, []float32{1, 0})}))
	of := images.Fork()
	of.Add(of.Look("bob", []Print{OfSample([]float32{0, 1}, []float32{0, 1})}))
	require.Equal(t, "ann", of.Look("carl", []Print{OfSample([]float32{1, 0.1}, []float32{1, 0.01})}).Most)
	require.Equal(t, "bob", of.Look("carl", []Print{OfSample([]float32{0.1, 1}, []float32{0.01, 1})}).Most)
}

// A row that is changed a little with every copy still belongs to whom the first one does.
func TestACopyOfACopyIsACopy(t *testing.T) {
	o := NewOrigins(0.995, nil)
	o.Add(o.Look("first", []Print{OfText(quote)}))
	changed := quote
	for i := range 12 {
		words := []string{"Ishmael", "years", "mind", "precisely", "money", "purse", "particular", "shore", "thought", "little", "watery", "world"}
		changed = replaceOnce(changed, words[i], fmt.Sprint("other", i))
		l := o.Look(fmt.Sprint("copier", i), []Print{OfText(changed)})
		require.Equal(t, 1, l.Foreign, "step %d", i)
		require.Equal(t, "first", l.Most)
		o.Add(l)
	}
	require.False(t, NewIndex(0.995, []Print{OfText(quote)}).Near([]Print{OfText(changed)})[0], "at once it would get away")
}

func replaceOnce(s, old, with string) string {
	for i := range len(s) - len(old) {
		if s[i:i+len(old)] == old {
			return s[:i] + with + s[i+len(old):]
		}
	}
	panic(old)
}

// The same submissions give the same answers, however many processors look.
func TestLooksAreTheSameWithAnyNumberOfThreads(t *testing.T) {
	once := func() (list []string) {
		o := NewOrigins(0.995, nil)
		for i := range 10 {
			l := o.Look(fmt.Sprint(i%7), rowsOf(60*i, 60*i+150))
			list = append(list, fmt.Sprint(l.Foreign, l.Most, l.MostRows, l.origin))
			o.Add(l)
		}
		return list
	}
	require.Equal(t, once(), once())
}

// Texts with much in common cost no more than others: only the first are kept under a key.
func TestBoilerplateCostsNoMore(t *testing.T) {
	var rows []Print
	for i := range 2000 {
		rows = append(rows, OfText(quote+" "+text(i)+text(i+5000)))
	}
	ix := NewIndex(0.995, rows)
	most := 0
	for _, key := range rows[1999].text.keys {
		most = max(most, ix.keys.find(key, nil))
	}
	require.LessOrEqual(t, most, bucket)
	require.True(t, ix.Near(rows[:1])[0])
}

// Judging 100 submissions of 1,000 rows: what it takes beside the training.
func BenchmarkHundredSubmissions(b *testing.B) {
	long := make([][]string, 100)
	for s := range long {
		for i := range 1000 {
			long[s] = append(long[s], text(1000*s+i)+text(1000*s+i+1_000_000)+text(1000*s+i+2_000_000)+text(1000*s+i+3_000_000)+text(1000*s+i+4_000_000))
		}
	}
	b.Run("texts of 100 words", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o := NewOrigins(0.995, nil)
			for s := range long {
				rows := make([]Print, len(long[s]))
				each(len(rows), func(i int) { rows[i] = OfText(long[s][i]) })
				o.Add(o.Look(fmt.Sprint(s), rows))
			}
			if o.Rows() != 100_000 {
				b.Fatal(o.Rows())
			}
		}
	})
	for _, dim := range []int{64, 256} {
		b.Run(fmt.Sprintf("outputs of %d values", dim), func(b *testing.B) {
			vectors := clustered(100_000, dim)
			test := make([]Print, 10_000)
			for i, v := range clustered(len(test), dim) {
				test[i] = OfSample(v[:1], v)
			}
			b.ReportAllocs()
			for b.Loop() {
				o, leak := NewOrigins(0.995, test), NewIndex(0.995, test)
				for s := range 100 {
					rows := make([]Print, 1000)
					each(len(rows), func(i int) { rows[i] = OfSample(vectors[1000*s+i], vectors[1000*s+i]) })
					leak.Near(rows)
					o.Add(o.Look(fmt.Sprint(s), rows))
				}
			}
		})
	}
}

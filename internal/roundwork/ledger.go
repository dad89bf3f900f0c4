package roundwork

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
)

const (
	// window is how long what was spent counts.
	window = 24 * time.Hour
	// grain is how exactly the time is noted: what was spent counts for up to a minute longer, and a ledger is never
	// longer than a day has minutes.
	grain = time.Minute
	// maxLedger bounds the file of a ledger, in bytes.
	maxLedger = 1 << 20
)

// ledger is what was spent in the last 24 hours: lamports by the minute.
type ledger map[time.Time]uint64

// entry is a minute in the file of a ledger.
type entry struct {
	Minute   time.Time `json:"minute"`
	Lamports uint64    `json:"lamports"`
}

// total is all that was spent.
func (l ledger) total() (sum uint64) {
	for _, lamports := range l {
		sum = plus(sum, lamports)
	}
	return sum
}

// add notes what is spent now, and returns the minute.
func (l ledger) add(now time.Time, lamports uint64) time.Time {
	minute := now.UTC().Truncate(grain)
	l[minute] = plus(l[minute], lamports)
	return minute
}

// forget drops what no longer counts. What a clock that was wrong has noted for the future was spent now.
func (l ledger) forget(now time.Time) {
	for minute, lamports := range l {
		switch {
		case now.Sub(minute) >= window+grain:
			delete(l, minute)
		case minute.After(now):
			delete(l, minute)
			l.add(now, lamports)
		}
	}
}

// plus does not overflow: too much is the most there is.
func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// readLedger reads a ledger; one that is not there is empty.
func readLedger(path string) (ledger, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLedger+1))
	if err != nil {
		return nil, err
	}
	l, err := parseLedger(text)
	if err != nil {
		return nil, fmt.Errorf("%s, which says what this wallet has spent in the last 24 hours, is damaged (%w): remove it to count from nothing", path, err)
	}
	return l, nil
}

// parseLedger reads the text of a ledger.
func parseLedger(text []byte) (ledger, error) {
	if len(text) > maxLedger {
		return nil, fmt.Errorf("more than %d bytes", maxLedger)
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	l := ledger{}
	for _, e := range entries {
		if e.Minute.IsZero() || e.Lamports == 0 {
			return nil, errors.New("an entry without a minute or without lamports")
		}
		l.add(e.Minute, e.Lamports)
	}
	return l, nil
}

// write replaces the file of a ledger.
func (l ledger) write(path string) error {
	entries := []entry{}
	for _, minute := range slices.SortedFunc(maps.Keys(l), time.Time.Compare) {
		if l[minute] > 0 {
			entries = append(entries, entry{minute, l[minute]})
		}
	}
	text, err := json.MarshalIndent(entries, "", "\t")
	if err == nil {
		err = atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
	}
	return unnoted(err)
}

// unnoted says what an error of the file means.
func unnoted(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("what is spent cannot be noted, so nothing is sent: %w", err)
}
